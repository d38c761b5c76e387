"""Shards that appear when they are whole, also where the disk is full."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from interplm.activations.fingerprint import Fingerprint
from interplm.activations.shard import (
    CHECKSUM,
    accessions_checksum,
    attributes_checksum,
    piece_borders,
)
from interplm.errors import UserError
from interplm.files.atomic import written_aside
from interplm.files.checksum import checksum_of

# Whole-chunk reads of this size run at memory speed; single rows are some thousand times slower.
_CHUNK_BYTES = 4 * 2**20
_FLOAT16_MAX = float(np.finfo(np.float16).max)
# The oldest format in which HDF5 verifies its own structures.
_FORMAT = ("v110", "v110")


def rows_per_chunk(d_model: int, dtype: str, n_residues: int) -> int:
    """Largest power of two of rows within 4 MiB, and no more than there are rows."""
    row_bytes = d_model * np.dtype(dtype).itemsize
    rows = 1 << max(0, (_CHUNK_BYTES // row_bytes).bit_length() - 1)
    return max(1, min(rows, n_residues))


class ShardWriter:
    """Fills the rows of a shard protein by protein, in any order."""

    def __init__(self, file: h5py.File, disk: "_Disk", offsets: NDArray[np.int64]) -> None:
        self._rows = file["activations"]
        self._disk = disk
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
            OSError: where the disk takes no more.
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
        self._disk.check()
        self.sum += activations.sum(axis=0, dtype=np.float64)
        self.square_sum += np.square(activations, dtype=np.float64).sum(axis=0)
        self._n_written += len(activations)

    @property
    def is_whole(self) -> bool:
        """True when every row has been written."""
        return self._n_written == int(self._offsets[-1])

    def row_checksums(self) -> NDArray[np.uint64]:
        """Of each stretch of `piece_borders`, read back a chunk at a time."""
        n_rows = self._rows.chunks[0]
        borders = piece_borders(self._offsets, n_rows)
        sums: list[int] = []
        for first in range(0, int(self._offsets[-1]), n_rows):
            chunk = self._rows[first : first + n_rows]
            inner = borders[(borders > first) & (borders < first + n_rows)] - first
            sums += [checksum_of(piece) for piece in np.split(chunk, inner)]
        return np.array(sums, dtype=np.uint64)


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
    """Create a shard; it appears under `path` when the block ends with every row written.

    Raises:
        OSError: where the disk takes no more.
    """
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    n_residues = int(offsets[-1])
    chunk = rows_per_chunk(fingerprint.d_model, fingerprint.dtype, n_residues)
    with written_aside(path) as partial, _Disk(partial, "w+b") as disk:
        with h5py.File(
            disk, "w", driver="fileobj", libver=_FORMAT, rdcc_nbytes=4 * _CHUNK_BYTES
        ) as file:
            file.create_dataset(
                "activations",
                shape=(n_residues, fingerprint.d_model),
                dtype=fingerprint.dtype,
                chunks=(chunk, fingerprint.d_model),
            )
            writer = ShardWriter(file, disk, offsets)
            yield writer
            if not writer.is_whole:
                raise RuntimeError(f"not every row of {path} was written")
            _write_header(file, writer, offsets, list(accessions))
            attributes = fingerprint.as_dict() | {"shard_index": shard_index, "n_shards": n_shards}
            attributes[CHECKSUM] = attributes_checksum(attributes)
            for name, value in attributes.items():
                file.attrs[name] = value if isinstance(value, int) else np.bytes_(value.encode())
        disk.check()


def _write_header(
    file: h5py.File, writer: ShardWriter, offsets: NDArray[np.int64], accessions: list[str]
) -> None:
    named = {"offsets": offsets, "sum": writer.sum, "square_sum": writer.square_sum}
    for name, values in named.items():
        file[name] = values
        file[name].attrs[CHECKSUM] = np.uint64(checksum_of(values))
    file["accessions"] = _fixed_length(accessions)
    file["accessions"].attrs[CHECKSUM] = np.uint64(accessions_checksum(accessions))
    file["row_checksums"] = writer.row_checksums()


def _fixed_length(texts: list[str]) -> NDArray[np.bytes_]:
    """UTF-8 of one length: HDF5 neither verifies a heap of others nor survives a damaged one."""
    encoded = [text.encode() for text in texts]
    return np.array(encoded, dtype=h5py.string_dtype("utf-8", max(map(len, encoded))))


class _Disk(FileIO):
    """A file that tells its errors when it is asked, not when it is written.

    HDF5 can't close a file that it failed to write: the process would end in a segmentation fault.
    So nothing fails for HDF5, and what went wrong comes up in `check`.
    """

    _error: OSError | None = None

    def check(self) -> None:
        """Raise the error that a write met."""
        if self._error is not None:
            raise self._error

    def write(self, data: Any) -> int:  # Any: what has a buffer, as in the base class
        """All of it, or what still went in before something failed."""
        rest = memoryview(data)
        while self._error is None and len(rest):
            try:
                rest = rest[super().write(rest) :]
            except OSError as error:
                self._error = error
        return len(data)

    def readinto(self, memory: Any) -> int:  # Any: as above
        """What is not there is zero."""
        view = memoryview(memory)
        n_read = super().readinto(view) or 0
        view[n_read:] = bytes(len(view) - n_read)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Where the file ends."""
        try:
            return super().truncate(size)
        except OSError as error:
            self._error = self._error or error
            return size or 0
