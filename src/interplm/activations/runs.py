"""Which rows of a store are read: stretches of neighbouring residues of chosen proteins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.activations.shard import ShardHeader


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

    def ends(self) -> NDArray[np.int64]:
        """Where each run ends in the list that they make one behind the other, int64 [n_runs]."""
        return np.cumsum(self.stop - self.start)

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
