"""The rows of an epoch one after the other: read from the shards, or held in memory."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplm.activations.runs import Runs
from interplm.activations.shard import ShardHeader
from interplm.activations.shard_rows import ShardRows, opened_rows

# HDF5 keeps some MiB for every open file, and opening one again costs little beside a chunk.
_MOST_OPEN_FILES = 4
_BYTES_READ_AT_ONCE = 64 * 2**20


class RowList(Protocol):
    """A list of rows that is read in stretches."""

    def read(self, low: int, high: int) -> Tensor:
        """Rows low..high, [high - low, d_model]; valid until the next call."""


class StoredRowList:
    """Reads the rows of some runs from the shards, into memory that is used again.

    Args:
        shards: of one store.
        runs: one behind the other they make the list.
        open_files: closes what was opened.
        is_pinned: whether a GPU can copy from the memory by itself.
    """

    def __init__(
        self,
        shards: Sequence[ShardHeader],
        runs: Runs,
        open_files: ExitStack,
        *,
        is_pinned: bool = False,
    ) -> None:
        self._shards = shards
        self._runs = runs
        self._ends = runs.ends()
        self._open_files = open_files
        self._is_pinned = is_pinned
        self._sources: OrderedDict[int, tuple[ShardRows, ExitStack]] = OrderedDict()
        self._memory = torch.empty(0)

    def read(self, low: int, high: int) -> Tensor:
        """See `RowList`."""
        if len(self._memory) < high - low:
            self._memory = self._new_memory(high - low)
        memory = self._memory.numpy()
        first, last = np.searchsorted(self._ends, [low, high - 1], side="right")
        filled = 0
        for run in range(first, last + 1):
            stop = int(self._runs.stop[run]) - max(0, int(self._ends[run]) - high)
            list_start = int(self._ends[run] - self._runs.stop[run] + self._runs.start[run])
            start = int(self._runs.start[run]) + max(0, low - list_start)
            rows = self._source(int(self._runs.shard[run]))
            rows.read_into(memory[filled : filled + stop - start], start, stop)
            filled += stop - start
        return self._memory[: high - low]

    def _new_memory(self, n_rows: int) -> Tensor:
        fingerprint = self._shards[0].fingerprint
        return torch.empty(
            n_rows,
            fingerprint.d_model,
            dtype=getattr(torch, fingerprint.dtype),
            pin_memory=self._is_pinned,
        )

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


@dataclass(frozen=True, slots=True)
class HeldRows:
    """All rows of some runs, read once and kept on a device.

    Attributes:
        rows: [n_rows, d_model] in the order of the runs.
        runs: of a store.
    """

    rows: Tensor
    runs: Runs

    @classmethod
    def read(
        cls,
        shards: Sequence[ShardHeader],
        runs: Runs,
        device: torch.device,
        *,
        on_rows: Callable[[int], object] = lambda _: None,
    ) -> "HeldRows":
        """Read them from the shards of a store.

        Args:
            shards: of the store.
            runs: which rows.
            device: where they are kept.
            on_rows: called with the number of rows, each time some are read.
        """
        fingerprint = shards[0].fingerprint
        dtype: torch.dtype = getattr(torch, fingerprint.dtype)
        rows = torch.empty(runs.n_rows, fingerprint.d_model, dtype=dtype, device=device)
        step = max(1, _BYTES_READ_AT_ONCE // (fingerprint.d_model * dtype.itemsize))
        with ExitStack() as open_files:
            stored = StoredRowList(shards, runs, open_files)
            for low in range(0, runs.n_rows, step):
                high = min(low + step, runs.n_rows)
                rows[low:high] = stored.read(low, high)
                on_rows(high - low)
        return cls(rows, runs)

    def list(self, order: NDArray[np.int64]) -> "HeldRowList":
        """The rows with their runs in another order, int64 [n_runs]."""
        return HeldRowList(self, order)


class HeldRowList:
    """Rows that are held, their runs in some order.

    Args:
        held: the rows.
        order: of their runs, int64 [n_runs].
    """

    def __init__(self, held: HeldRows, order: NDArray[np.int64]) -> None:
        self._rows = held.rows
        lengths = held.runs.stop - held.runs.start
        self._starts = (held.runs.ends() - lengths)[order]
        self._ends = np.cumsum(lengths[order])
        self._lengths = lengths[order]

    def read(self, low: int, high: int) -> Tensor:
        """See `RowList`."""
        first, last = np.searchsorted(self._ends, [low, high - 1], side="right")
        runs = slice(first, last + 1)
        # Where each row is held is its place in the list and what its run was moved by.
        moved = self._starts[runs] - (self._ends[runs] - self._lengths[runs])
        places = np.repeat(moved, self._lengths[runs])
        skipped = low - (int(self._ends[first]) - int(self._lengths[first]))
        places = places[skipped : skipped + high - low] + np.arange(low, high)
        return self._rows.index_select(0, torch.from_numpy(places).to(self._rows.device))
