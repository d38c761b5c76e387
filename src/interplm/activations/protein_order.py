"""Proteins in random order, epoch after epoch, cut into blocks that are mixed within themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Proteins whose residues are mixed with one another.

    Attributes:
        proteins: their numbers, int64 [n].
        first_row: of the endless list of rows.
        n_rows: residues of the proteins.
        seed: of their order.
    """

    proteins: NDArray[np.int64]
    first_row: int
    n_rows: int
    seed: Sequence[int]

    def permutation(self) -> Tensor:
        """How the residues of the proteins, one after the other, are permuted; int64 [n_rows]."""
        generator = np.random.default_rng(self.seed)
        return torch.from_numpy(generator.permutation(self.n_rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProteinOrder:
    """An endless list of rows: every epoch has all proteins once, in another random order.

    Everything follows from (seed, epoch, rank), so that any row can be found again.

    Attributes:
        lengths: residues of each protein of this rank, int64 [n_proteins].
        buffer_rows: most rows of a block, unless one protein has more.
        seed: of the order.
        rank: which has proteins, and an order, of its own.
    """

    lengths: NDArray[np.int64]
    buffer_rows: int
    seed: int
    rank: int

    def blocks(self, first_row: int) -> Iterator[Block]:
        """From the block on that holds a row of the endless list."""
        per_epoch = int(self.lengths.sum())
        epoch = first_row // per_epoch
        while True:
            for block in self._epoch(epoch, per_epoch):
                if block.first_row + block.n_rows > first_row:
                    yield block
            epoch += 1

    def _epoch(self, epoch: int, per_epoch: int) -> Iterator[Block]:
        order = np.random.default_rng([self.seed, epoch, self.rank]).permutation(len(self.lengths))
        ends = np.cumsum(self.lengths[order])
        start, index = 0, 0
        while start < len(order):
            before = int(ends[start - 1]) if start else 0
            fits = int(np.searchsorted(ends, before + self.buffer_rows, side="right"))
            stop = max(fits, start + 1)
            yield Block(
                proteins=order[start:stop],
                first_row=epoch * per_epoch + before,
                n_rows=int(ends[stop - 1]) - before,
                seed=[self.seed, epoch, self.rank, index],
            )
            start, index = stop, index + 1
