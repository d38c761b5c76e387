"""Rows of a store in random order, at the speed of whole-chunk reads.

An epoch is a random order of all chunks; their chosen rows, one after the other, make a virtual
list that is cut into equal shares, one for each reader (a worker of a rank). A reader fills a
buffer with the next rows of its share, whole chunks at a time, and draws batches from the buffer
in random order. Everything follows from (seed, epoch, reader), so a reader can start at any batch.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplm.activations.shard import ShardHeader
from interplm.activations.shard_rows import ShardRows, opened_rows

# HDF5 keeps some MiB for every open file, and opening one again costs little beside a chunk.
_MOST_OPEN_FILES = 4


@dataclass(frozen=True, slots=True)
class Runs:
    """Stretches of neighbouring chosen rows, none crossing a chunk border; int64 arrays [n_runs].

    `chunk` numbers the chunks of all shards consecutively and never decreases.
    """

    shard: NDArray[np.int64]
    chunk: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]

    @property
    def n_rows(self) -> int:
        """Chosen rows."""
        return int((self.stop - self.start).sum())

    def take(self, order: NDArray[np.int64]) -> "Runs":
        """The runs at these indices."""
        return Runs(self.shard[order], self.chunk[order], self.start[order], self.stop[order])


def chosen_runs(shards: Sequence[ShardHeader], chosen: Sequence[NDArray[np.bool_]]) -> Runs:
    """The rows of the chosen proteins as runs.

    Args:
        shards: of one store.
        chosen: for each shard, bool [n_proteins].
    """
    parts: list[Runs] = []
    first_chunk = 0
    for index, (shard, mask) in enumerate(zip(shards, chosen, strict=True)):
        start, stop = _stretches(shard.offsets, mask)
        parts.append(_cut_at_chunks(index, first_chunk, shard.rows_per_chunk, start, stop))
        first_chunk += -(-shard.n_residues // shard.rows_per_chunk)
    return Runs(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("shard", "chunk", "start", "stop")
        )
    )


def _stretches(
    offsets: NDArray[np.int64], mask: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row and end of every maximal series of neighbouring chosen proteins."""
    padded = np.concatenate([[False], mask, [False]])
    begins = np.flatnonzero(~padded[:-1] & padded[1:])
    ends = np.flatnonzero(padded[:-1] & ~padded[1:])
    return offsets[begins], offsets[ends]


def _cut_at_chunks(
    shard: int, first_chunk: int, rows: int, start: NDArray[np.int64], stop: NDArray[np.int64]
) -> Runs:
    n_pieces = (stop - 1) // rows - start // rows + 1
    owner = np.repeat(np.arange(len(start)), n_pieces)
    piece = np.arange(len(owner)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    chunk = start[owner] // rows + piece
    return Runs(
        np.full(len(owner), shard),
        first_chunk + chunk,
        np.maximum(start[owner], chunk * rows),
        np.minimum(stop[owner], (chunk + 1) * rows),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStream:
    """Batches of rows for one reader of one epoch.

    Args:
        shards: of one store.
        runs: the rows to serve.
        batch_size: rows in a batch; the last batch of a reader holds what remains.
        buffer_rows: rows that are mixed with one another; rounded up to whole batches.
        seed: of the order; None keeps the order of the store.
    """

    shards: Sequence[ShardHeader]
    runs: Runs
    batch_size: int
    buffer_rows: int
    seed: int | None

    def n_batches(self, n_readers: int) -> int:
        """Batches of every reader; equal for all, so that no rank waits for another in vain."""
        return max(1, -(-(self.runs.n_rows // n_readers) // self.batch_size))

    def batches(
        self, *, epoch: int, reader: int, n_readers: int, first_batch: int = 0
    ) -> Iterator[Tensor]:
        """The batches from `first_batch` on, each [n, d_model] in the dtype of the store."""
        n_rows = self.runs.n_rows
        share_start, share_stop = (n_rows * (reader + i) // n_readers for i in (0, 1))
        n_batches = self.n_batches(n_readers)
        per_buffer = -(-self.buffer_rows // self.batch_size)

        def first_row(batch: int) -> int:
            return share_stop if batch == n_batches else share_start + batch * self.batch_size

        with ExitStack() as open_files:
            buffer = _RowBuffer(self.shards, self._epoch_order(epoch), open_files)
            for index in range(first_batch // per_buffer, -(-n_batches // per_buffer)):
                begin, end = index * per_buffer, min((index + 1) * per_buffer, n_batches)
                low, high = first_row(begin), first_row(end)
                rows = buffer.read(low, high)
                order = self._row_order(high - low, epoch, reader, index)
                for batch in range(max(begin, first_batch), end):
                    drawn = order[first_row(batch) - low : first_row(batch + 1) - low]
                    yield rows.index_select(0, drawn)

    def _epoch_order(self, epoch: int) -> Runs:
        """The runs with their chunks in random order; runs of one chunk stay together."""
        if self.seed is None:
            return self.runs
        n_chunks = int(self.runs.chunk[-1]) + 1
        rank = np.random.default_rng([self.seed, epoch]).permutation(n_chunks)
        return self.runs.take(np.argsort(rank[self.runs.chunk], kind="stable"))

    def _row_order(self, n_rows: int, epoch: int, reader: int, buffer: int) -> Tensor:
        if self.seed is None:
            return torch.arange(n_rows)
        generator = np.random.default_rng([self.seed, epoch, reader, buffer])
        return torch.from_numpy(generator.permutation(n_rows))


class _RowBuffer:
    """Reads stretches of the virtual list into one piece of memory, used again for each."""

    def __init__(self, shards: Sequence[ShardHeader], runs: Runs, open_files: ExitStack) -> None:
        self._shards = shards
        self._runs = runs
        self._ends = np.cumsum(runs.stop - runs.start)
        self._open_files = open_files
        self._sources: OrderedDict[int, tuple[ShardRows, ExitStack]] = OrderedDict()
        self._memory = np.empty(0)

    def read(self, low: int, high: int) -> Tensor:
        """Rows low..high of the list, [high - low, d_model]; valid until the next call."""
        fingerprint = self._shards[0].fingerprint
        if len(self._memory) < high - low:
            self._memory = np.empty((high - low, fingerprint.d_model), fingerprint.dtype)
        first, last = np.searchsorted(self._ends, [low, high - 1], side="right")
        filled = 0
        for run in range(first, last + 1):
            stop = int(self._runs.stop[run]) - max(0, int(self._ends[run]) - high)
            list_start = int(self._ends[run] - self._runs.stop[run] + self._runs.start[run])
            start = int(self._runs.start[run]) + max(0, low - list_start)
            rows = self._source(int(self._runs.shard[run]))
            rows.read_into(self._memory[filled : filled + stop - start], start, stop)
            filled += stop - start
        return torch.from_numpy(self._memory[: high - low])

    def _source(self, shard: int) -> ShardRows:
        """The activations of a shard, opened in the process that reads, not too many at once."""
        if shard in self._sources:
            self._sources.move_to_end(shard)
            return self._sources[shard][0]
        if len(self._sources) == _MOST_OPEN_FILES:
            self._sources.popitem(last=False)[1][1].close()
        closing = self._open_files.enter_context(ExitStack())
        rows = closing.enter_context(opened_rows(self._shards[shard]))
        self._sources[shard] = (rows, closing)
        return self._sources[shard][0]
