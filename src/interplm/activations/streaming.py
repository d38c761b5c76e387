"""Rows of a store in random order, at the speed of whole-chunk reads.

An epoch is a random order of all chunks; their chosen rows, one after the other, make a virtual
list that is cut into equal shares, one for each reader (a worker of a rank). A reader fills a
buffer with the next rows of its share, whole chunks at a time, and draws batches from the buffer
in random order. Everything follows from (seed, epoch, reader), so a reader can start at any batch.

Where rows are mixed changes nothing about the batches. For a GPU, another thread reads whole
buffers and copies them there, one ahead; rows that are held there are not read again.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplm.activations.ahead import beside_training, one_ahead
from interplm.activations.row_list import HeldRows, RowList, StoredRowList
from interplm.activations.runs import Runs
from interplm.activations.shard import ShardHeader

_CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class _Share:
    """Rows start..stop of the list, which one reader serves in so many batches."""

    start: int
    stop: int
    batch_size: int
    n_batches: int

    def first_row(self, batch: int) -> int:
        """Of a batch; the last one ends where the share does."""
        return self.stop if batch == self.n_batches else self.start + batch * self.batch_size


@dataclass(frozen=True, slots=True)
class _Buffer:
    """Rows that are mixed with one another, in which order they are drawn, and how many a batch."""

    rows: Tensor
    order: Tensor
    sizes: list[int]

    def batches(self) -> Iterator[Tensor]:
        for drawn in self.order.split(self.sizes):
            yield self.rows.index_select(0, drawn)

    def to(self, device: torch.device) -> "_Buffer":
        rows = self.rows.to(device, non_blocking=True)
        return _Buffer(rows, self.order.to(device, non_blocking=True), self.sizes)

    def used_by_this_stream(self) -> None:
        """Memory that another stream filled is not given away while this one reads from it."""
        for tensor in (self.rows, self.order):
            tensor.record_stream(torch.cuda.current_stream(tensor.device))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStream:
    """Batches of rows for one reader of one epoch.

    Args:
        shards: of one store.
        runs: the rows to serve.
        batch_size: rows in a batch; the last batch of a reader holds what remains.
        buffer_rows: rows that are mixed with one another; rounded up to whole batches.
        seed: of the order; None keeps the order of the store.
        device: where they are mixed.
        held: gives the rows, where they are held on that device.
    """

    shards: Sequence[ShardHeader]
    runs: Runs
    batch_size: int
    buffer_rows: int
    seed: int | None
    device: torch.device = _CPU
    held: Callable[[], HeldRows] | None = None

    def n_batches(self, n_readers: int) -> int:
        """Batches of every reader; equal for all, so that no rank waits for another in vain."""
        return max(1, -(-(self.runs.n_rows // n_readers) // self.batch_size))

    def batches(
        self, *, epoch: int, reader: int, n_readers: int, first_batch: int = 0
    ) -> Iterator[Tensor]:
        """The batches from `first_batch` on, each [n, d_model] in the dtype of the store."""
        start, stop = (self.runs.n_rows * (reader + i) // n_readers for i in (0, 1))
        share = _Share(start, stop, self.batch_size, self.n_batches(n_readers))
        copies = self.device.type == "cuda" and self.held is None
        with ExitStack() as open_files:
            rows = self._row_list(epoch, open_files)
            buffers = self._buffers(rows, share, [epoch, reader], first_batch)
            if copies:
                copied = (buffer.to(self.device) for buffer in buffers)
                buffers = one_ahead(beside_training(copied, self.device))
            with closing(buffers):
                for buffer in buffers:
                    if copies:
                        buffer.used_by_this_stream()
                    yield from buffer.batches()

    def _buffers(
        self, rows: RowList, share: _Share, numbers: list[int], first_batch: int
    ) -> Generator[_Buffer, None, None]:
        """What is left of the share; the numbers of epoch and reader make its order."""
        per_buffer = -(-self.buffer_rows // self.batch_size)
        for index in range(first_batch // per_buffer, -(-share.n_batches // per_buffer)):
            begin, end = index * per_buffer, min((index + 1) * per_buffer, share.n_batches)
            low, high = share.first_row(begin), share.first_row(end)
            begin = max(begin, first_batch)
            borders = [share.first_row(batch) for batch in range(begin, end + 1)]
            order = self._row_order(high - low, [*numbers, index])[borders[0] - low :]
            mixed = rows.read(low, high)
            yield _Buffer(
                rows=mixed,
                order=order.to(mixed.device),
                sizes=[after - before for before, after in pairwise(borders)],
            )

    def _row_list(self, epoch: int, open_files: ExitStack) -> RowList:
        order = self._epoch_order(epoch)
        if self.held is not None:
            return self.held().list(order)
        return StoredRowList(
            self.shards,
            self.runs.take(order),
            open_files,
            is_pinned=self.device.type == "cuda",
        )

    def _epoch_order(self, epoch: int) -> NDArray[np.int64]:
        """The runs with their chunks in random order; runs of one chunk stay together."""
        if self.seed is None:
            return np.arange(len(self.runs.chunk))
        n_chunks = int(self.runs.chunk[-1]) + 1
        rank = np.random.default_rng([self.seed, epoch]).permutation(n_chunks)
        return np.argsort(rank[self.runs.chunk], kind="stable")

    def _row_order(self, n_rows: int, numbers: list[int]) -> Tensor:
        if self.seed is None:
            return torch.arange(n_rows)
        generator = np.random.default_rng([self.seed, *numbers])
        return torch.from_numpy(generator.permutation(n_rows))
