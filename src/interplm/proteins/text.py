"""Lines of a text file, plain or gzip."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from interplm.errors import MalformedInput, MissingArtifact

_GZIP_MAGIC = b"\x1f\x8b"


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """1-based number and text of every line, without line end; UTF-8, a byte-order mark skipped.

    Whether the file is gzip is seen from its first bytes, not from its name. Lines may end in LF,
    CRLF or CR.

    Raises:
        MissingArtifact: if there is no such file.
        MalformedInput: for a truncated or damaged gzip, or bytes that are not UTF-8 text.
    """
    if not path.is_file():
        raise MissingArtifact(f"{path} does not exist: correct proteins.path.")
    number = 0
    try:
        with _open_text(path) as file:
            for number, line in enumerate(file, start=1):
                yield number, line.rstrip("\n")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise MalformedInput(
            f"{path} is a truncated or damaged gzip file (after line {number}): download it again."
        ) from error
    except UnicodeDecodeError as error:
        raise MalformedInput(
            f"{path} is not UTF-8 text (after line {number}): give a FASTA or TSV file."
        ) from error


def _open_text(path: Path) -> IO[str]:
    with path.open("rb") as file:
        is_gzip = file.read(2) == _GZIP_MAGIC
    if is_gzip:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline=None)
    return path.open(encoding="utf-8-sig", newline=None)
