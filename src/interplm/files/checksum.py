"""Identity of a file by its content, and whether numbers are still those that were written."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xxhash
from numpy.typing import NDArray


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes as 64 hexadecimal digits."""
    return _digest(path, "sha256")


def has_checksum(path: Path, checksum: str) -> bool:
    """Whether a file has the digest of `sha256:<digits>`, `md5:<digits>` and the like.

    MD5 is what many databases publish; it tells damage, not forgery.
    """
    algorithm, _, digits = checksum.partition(":")
    return _digest(path, algorithm) == digits.lower()


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, algorithm).hexdigest()


def checksum_of(*parts: bytes | NDArray[Any]) -> int:
    """64 bits of XXH3 over bytes or contiguous arrays of any type, at the speed of memory.

    It tells damage by disks and networks, not forgery.
    """
    digest = xxhash.xxh3_64()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.data)
    return digest.intdigest()


def checksum_of_values(values: Mapping[str, Any]) -> str:
    """16 hexadecimal digits for plain named values, hence Any, in whatever order they come."""
    return f"{checksum_of(json.dumps(values, sort_keys=True, default=str).encode()):016x}"
