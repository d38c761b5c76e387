"""What fired in each shard of a store, in files: jobs encode different shards, one reads them all.

A file is a ZIP of NumPy arrays, whose members have checksums of their own:

header                    the key and the number of blocks of each part, as JSON
maxima                    float32 [d_sae], 0 where a feature never fired
<part>/<number>/<array>   the arrays of a FeatureBlock, not normalised
"""

import json
import logging
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import torch
from numpy.lib import format as npy
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from interplm.errors import BrokenArtifact
from interplm.features.encoding.blocks import FeatureBlock, encoded_blocks, joined_blocks
from interplm.features.encoding.located import LocatedProteins
from interplm.features.encoding.representations import Representation, WithMaxima
from interplm.files.access import telling_access
from interplm.files.atomic import written_aside
from interplm.files.checksum import checksum_of
from interplm.files.lock import locked

log = logging.getLogger(__name__)

_VERSION = 1
_ARRAYS = tuple(field.name for field in fields(FeatureBlock))
# What zipfile and NumPy raise for a file that is not what was written.
_UNREADABLE = (
    BadZipFile, OSError, KeyError, ValueError, EOFError, TypeError, RuntimeError, OverflowError,
    MemoryError, struct.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardFiles:
    """The files of one representation, one for each shard.

    A file of other proteins or another key counts as missing, and so does a damaged one.

    Args:
        folder: of the files.
        key: says which representation, and what else makes its features what they are.
        parts: proteins, different ones in each part.
    """

    folder: Path
    key: str
    parts: Sequence[LocatedProteins]

    def __len__(self) -> int:
        """Number of shards."""
        return len(self.parts[0].shards)

    def has(self, shard: int) -> bool:
        """Whether the file of a shard is there; most of what is in it is not looked at."""
        path = self._path(shard)
        if not path.exists():
            return False
        try:
            with _opened(path) as file:
                return bool(_header(file)["key"] == self._key(shard))
        except (BrokenArtifact, FileNotFoundError):
            return False

    def make(
        self,
        representation: Representation,
        shards: Sequence[int],
        *,
        residues_per_batch: int,
        device: torch.device | str,
        description: str,
    ) -> None:
        """Encode the shards whose file is missing or damaged, with a bar in residues.

        Args:
            representation: on `device`, not normalised.
            shards: numbers of those that are wanted.
            residues_per_batch: rows that are encoded together.
            device: of the representation.
            description: for the bar.

        Raises:
            InUse: if another process is encoding one of them.
        """
        wanted = [shard for shard in shards if not self._is_whole(shard)]
        if not wanted:
            return
        n_residues = sum(part.of_shard(shard).n_residues for shard in wanted for part in self.parts)
        with tqdm(total=n_residues, unit="residue", unit_scale=True, desc=description) as bar:
            for shard in wanted:
                path = self._path(shard)
                path.parent.mkdir(parents=True, exist_ok=True)
                with locked(path.with_suffix(".lock"), what=str(path)):
                    watched = WithMaxima(representation, device)
                    blocks = [
                        encoded_blocks(
                            watched,
                            part.of_shard(shard).blocks(),
                            residues_per_batch=residues_per_batch,
                            device=device,
                            on_progress=bar.update,
                        )
                        for part in self.parts
                    ]
                    _write(path, self._key(shard), blocks, watched)

    def blocks(self, part: int) -> Iterator[FeatureBlock]:
        """The features of a part, in blocks that are those of one pass over all shards.

        Args:
            part: number among the parts.

        Raises:
            BrokenArtifact: if a file is damaged.
        """
        return joined_blocks(
            block for shard in range(len(self)) for block in _blocks(self._path(shard), part)
        )

    def maxima(self) -> Tensor:
        """The largest value of each feature over all parts, float32 [d_sae].

        Raises:
            BrokenArtifact: if a file is damaged.
        """
        found = []
        for shard in range(len(self)):
            with _opened(self._path(shard)) as file:
                found.append(file["maxima"])
        return torch.from_numpy(np.maximum.reduce(found))

    def _is_whole(self, shard: int) -> bool:
        """Whether a file can be read to its end; a damaged one is named."""
        if not self.has(shard):
            return False
        try:
            with _opened(self._path(shard)) as file:
                for name in file.files:
                    file[name]
        except BrokenArtifact as error:
            log.warning("%s Encoding this shard again.", error)
            return False
        return True

    def _key(self, shard: int) -> str:
        """Of the contents of a file: `key`, and which proteins have which rows."""
        numbers = [part.numbers[shard] for part in self.parts]
        offsets = self.parts[0].shards[shard].offsets
        return f"{checksum_of(f'{_VERSION} {self.key}'.encode(), *numbers, offsets):016x}"

    def _path(self, shard: int) -> Path:
        return self.folder / f"shard_{shard:05d}.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedFolder:
    """Where jobs keep what they encode for each other, a folder for each representation.

    Args:
        folder: of all.
        identity: of the scoring: SAE, activations, annotations and settings.
    """

    folder: Path
    identity: str

    def files(self, name: str, parts: Sequence[LocatedProteins]) -> ShardFiles:
        """Those of a representation.

        Args:
            name: of the representation.
            parts: validation and test proteins.
        """
        return ShardFiles(folder=self.folder / name, key=f"{self.identity} {name}", parts=parts)


def _write(
    path: Path, key: str, parts: Sequence[Iterator[FeatureBlock]], watched: WithMaxima
) -> None:
    n_blocks = []
    with written_aside(path) as partial, ZipFile(partial, "w") as file:
        for part, blocks in enumerate(parts):
            n_blocks.append(0)
            for block in blocks:
                for name in _ARRAYS:
                    _add(file, f"{part}/{n_blocks[part]}/{name}", getattr(block, name))
                n_blocks[part] += 1
        _add(file, "maxima", watched.maxima.float().cpu().numpy())
        _add(file, "header", np.array(json.dumps({"key": key, "n_blocks": n_blocks})))


def _add(file: ZipFile, name: str, values: NDArray[np.generic]) -> None:
    with file.open(f"{name}.npy", "w", force_zip64=True) as member:
        npy.write_array(member, values, allow_pickle=False)


def _blocks(path: Path, part: int) -> Iterator[FeatureBlock]:
    with _opened(path) as file:
        for number in range(_header(file)["n_blocks"][part]):
            yield FeatureBlock(**{name: file[f"{part}/{number}/{name}"] for name in _ARRAYS})


def _header(file: NpzFile) -> dict[str, Any]:  # Any: what JSON holds
    found: dict[str, Any] = json.loads(str(file["header"]))
    return found


@contextmanager
def _opened(path: Path) -> Iterator[NpzFile]:
    try:
        with (
            telling_access(path),
            path.open("rb") as handle,
            np.load(handle, allow_pickle=False) as file,
        ):
            yield file
    except FileNotFoundError:
        raise
    except _UNREADABLE as error:
        raise BrokenArtifact(
            f"{path} is damaged ({error}): run the same command again, which encodes this shard "
            "anew."
        ) from error
