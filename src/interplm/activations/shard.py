"""One HDF5 file: the activations of consecutive proteins at one layer.

activations      [n_residues, d_model] float16 or float32, residues only, in protein order
offsets          [n_proteins + 1] int64; protein i owns rows offsets[i]:offsets[i + 1]
accessions       [n_proteins] UTF-8
sum, square_sum  [d_model] float64, over all rows as computed, before rounding to float16
attributes       the fingerprint, shard_index, n_shards
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from interplm.activations.fingerprint import SCHEMA_VERSION, Fingerprint
from interplm.errors import BrokenArtifact, UserError
from interplm.files.atomic import written_aside

# Whole-chunk reads of this size run at memory speed; single rows are some thousand times slower.
_CHUNK_BYTES = 4 * 2**20
_FLOAT16_MAX = float(np.finfo(np.float16).max)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardHeader:
    """All of a shard but its rows."""

    path: Path
    fingerprint: Fingerprint
    shard_index: int
    n_shards: int
    offsets: NDArray[np.int64]
    rows_per_chunk: int
    sum: NDArray[np.float64]
    square_sum: NDArray[np.float64]

    @property
    def n_residues(self) -> int:
        """Rows in the file."""
        return int(self.offsets[-1])


def shard_path(folder: Path, shard_index: int) -> Path:
    """The file of a shard."""
    return folder / f"shard_{shard_index:05d}.h5"


def rows_per_chunk(d_model: int, dtype: str, n_residues: int) -> int:
    """Largest power of two of rows within 4 MiB, and no more than there are rows."""
    row_bytes = d_model * np.dtype(dtype).itemsize
    rows = 1 << max(0, (_CHUNK_BYTES // row_bytes).bit_length() - 1)
    return max(1, min(rows, n_residues))


class ShardWriter:
    """Fills the rows of a shard protein by protein, in any order."""

    def __init__(self, file: h5py.File, offsets: NDArray[np.int64]) -> None:
        self._rows = file["activations"]
        self._offsets = offsets
        d_model = self._rows.shape[1]
        self.sum = np.zeros(d_model)
        self.square_sum = np.zeros(d_model)
        self._n_written = 0

    def write(self, protein: int, first: int, activations: NDArray[np.float32]) -> None:
        """Store residues first, first + 1, … of a protein.

        Args:
            protein: index within the shard.
            first: 0-based residue of the first row.
            activations: float32 [n, d_model].

        Raises:
            UserError: where a value is not finite or does not fit into float16.
        """
        largest = float(np.abs(activations).max(initial=0.0))
        if not np.isfinite(largest):
            raise UserError(
                f"Protein {protein} of the shard gives activations that are not finite: "
                "the PLM's weights are damaged or its precision is too low."
            )
        if self._rows.dtype == np.float16 and largest > _FLOAT16_MAX:
            raise UserError(
                f"An activation of {largest:.3g} does not fit into float16 (at most 65504): "
                "store float32 with embedding.dtype=float32."
            )
        start = int(self._offsets[protein]) + first
        self._rows[start : start + len(activations)] = activations.astype(self._rows.dtype)
        self.sum += activations.sum(axis=0, dtype=np.float64)
        self.square_sum += np.square(activations, dtype=np.float64).sum(axis=0)
        self._n_written += len(activations)

    @property
    def is_whole(self) -> bool:
        """True when every row has been written."""
        return self._n_written == int(self._offsets[-1])


@contextmanager
def new_shard(
    path: Path,
    *,
    fingerprint: Fingerprint,
    accessions: Sequence[str],
    lengths: Sequence[int],
    shard_index: int,
    n_shards: int,
) -> Iterator[ShardWriter]:
    """Create a shard; it appears under `path` when the block ends with every row written."""
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    n_residues = int(offsets[-1])
    with (
        written_aside(path) as partial,
        h5py.File(partial, "w", rdcc_nbytes=4 * _CHUNK_BYTES) as file,
    ):
        file.create_dataset(
            "activations",
            shape=(n_residues, fingerprint.d_model),
            dtype=fingerprint.dtype,
            chunks=(
                rows_per_chunk(fingerprint.d_model, fingerprint.dtype, n_residues),
                fingerprint.d_model,
            ),
        )
        file["offsets"] = offsets
        file.create_dataset("accessions", data=list(accessions), dtype=h5py.string_dtype())
        writer = ShardWriter(file, offsets)
        yield writer
        if not writer.is_whole:
            raise RuntimeError(f"not every row of {path} was written")
        file["sum"] = writer.sum
        file["square_sum"] = writer.square_sum
        file.attrs.update(
            fingerprint.as_dict() | {"shard_index": shard_index, "n_shards": n_shards}
        )


def read_header(path: Path) -> ShardHeader:
    """Read and check everything but the rows.

    Raises:
        BrokenArtifact: for a truncated or foreign file or another schema version.
    """
    with opened_shard(path) as file:
        try:
            attributes = dict(file.attrs)
            version = int(attributes["schema_version"])
            if version != SCHEMA_VERSION:
                raise BrokenArtifact(
                    f"{path} has schema version {version}; this InterPLM reads {SCHEMA_VERSION}, "
                    "which says how letters became tokens too: delete it and run "
                    "`python -m interplm.embed` again."
                )
            return ShardHeader(
                path=path,
                fingerprint=Fingerprint.from_dict(attributes),
                shard_index=int(attributes["shard_index"]),
                n_shards=int(attributes["n_shards"]),
                offsets=file["offsets"][:],
                rows_per_chunk=file["activations"].chunks[0],
                sum=file["sum"][:],
                square_sum=file["square_sum"][:],
            )
        except KeyError as error:
            raise BrokenArtifact(
                f"{path} is not an activation shard (no {error}): delete it and run "
                "`python -m interplm.embed` again."
            ) from error


def read_accessions(path: Path) -> list[str]:
    """Accessions of a shard's proteins, in the order of its rows."""
    with opened_shard(path) as file:
        return [str(accession) for accession in file["accessions"].asstr()[:]]


@contextmanager
def opened_shard(path: Path) -> Iterator[h5py.File]:
    """Open for reading; a file that is not whole gives BrokenArtifact with the mend."""
    try:
        # Chunks are not compressed, so a part of one is read without the rest; caching whole ones
        # would cost some MiB for every open file.
        file = h5py.File(path, "r", rdcc_nbytes=0)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BrokenArtifact(
            f"{path} is truncated or not HDF5 ({error}): delete it and run "
            "`python -m interplm.embed` again; finished shards are kept."
        ) from error
    with file:
        yield file
