"""The rows of a shard, verified as they are read."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from interplm.activations.shard import (
    ShardHeader,
    check_rows,
    opened_shard,
    piece_borders,
    reading,
)
from interplm.errors import MissingArtifact

Rows = NDArray[np.floating]


class ShardRows:
    """Reads stretches of rows of an open shard, [n, d_model] in the dtype of the store.

    Args:
        shard: of which they are.
        file: its open file.
    """

    def __init__(self, shard: ShardHeader, file: h5py.File) -> None:
        self._path = shard.path
        with reading(self._path):
            self._stored: h5py.Dataset = file["activations"]
            self._checksums: NDArray[np.uint64] = file["row_checksums"][:]
        self._borders = piece_borders(shard.offsets, shard.rows_per_chunk)

    def __getitem__(self, rows: slice) -> Rows:
        """Rows start..stop."""
        found = np.empty((rows.stop - rows.start, self._stored.shape[1]), self._stored.dtype)
        self.read_into(found, rows.start, rows.stop)
        return found

    def read_into(self, memory: Rows, start: int, stop: int) -> None:
        """Fill [stop - start, d_model] contiguous memory.

        Raises:
            BrokenArtifact: if rows of a protein that is read are not those that were written.
        """
        first = int(np.searchsorted(self._borders, start, side="right")) - 1
        last = int(np.searchsorted(self._borders, stop))
        whole_start, whole_stop = int(self._borders[first]), int(self._borders[last])
        if (whole_start, whole_stop) == (start, stop):
            self._read(memory, start, stop)
            self._check(memory, first, last)
            return
        whole = np.empty((whole_stop - whole_start, memory.shape[1]), memory.dtype)
        self._read(whole, whole_start, whole_stop)
        self._check(whole, first, last)
        memory[:] = whole[start - whole_start : stop - whole_start]

    def _read(self, memory: Rows, start: int, stop: int) -> None:
        with reading(self._path):
            self._stored.read_direct(memory, np.s_[start:stop])

    def _check(self, rows: Rows, first: int, last: int) -> None:
        origin = self._borders[first]
        for piece in range(first, last):
            start, stop = self._borders[piece], self._borders[piece + 1]
            found: Any = rows[start - origin : stop - origin]
            check_rows(self._path, found, int(self._checksums[piece]), int(start))


@contextmanager
def opened_rows(shard: ShardHeader) -> Iterator[ShardRows]:
    """Open a shard for its rows.

    Raises:
        MissingArtifact: if it is gone since its header was read.
    """
    with ExitStack() as opened:
        try:
            file = opened.enter_context(opened_shard(shard.path))
        except FileNotFoundError as error:
            raise MissingArtifact(
                f"{shard.path} was there a moment ago: if another job embeds these proteins anew, "
                "wait for it, then run the same command again."
            ) from error
        yield ShardRows(shard, file)
