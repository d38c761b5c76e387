"""Which features fire on the same residues."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from interplm.features.encoding.blocks import FeatureBlock
from interplm.features.profile.firing import ranks_within

# Entries of a part of the co-occurrence matrix, which is never whole in memory.
_MAX_PART = 4 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coactivation:
    """For each feature those that fire with it most, ordered by feature and rank.

    Attributes:
        n_residues: on which it was counted.
        feature: int64 [n].
        other: int64 [n].
        n_both: residues on which both fire, int64 [n].
        jaccard: those over the residues on which either fires, float64 [n].
        rank: 0, 1, … by Jaccard index, ties by the number of the other, int64 [n].
    """

    n_residues: int
    feature: NDArray[np.int64]
    other: NDArray[np.int64]
    n_both: NDArray[np.int64]
    jaccard: NDArray[np.float64]
    rank: NDArray[np.int64]


class CoactivationAccumulator:
    """Keeps which features fire on the residues of a random sample of proteins.

    Counting costs Σ L0² over the residues, so as many proteins are kept as a budget allows: in the
    order of their priorities until it is spent, one at least. That is every protein of a small
    set, and the same sample whatever the blocks and shards.

    Args:
        d_sae: number of features.
        max_products: the budget, Σ L0².
        priorities: of all proteins, see protein_priorities, uint64 [n_proteins].
    """

    def __init__(self, *, d_sae: int, max_products: int, priorities: NDArray[np.uint64]) -> None:
        self._d_sae = d_sae
        self._max_products = max_products
        self._priorities = priorities
        self._spent = 0
        # A heap with the largest priority on top: (-priority, protein, cost, L0s, features).
        self._kept: list[tuple[int, int, int, NDArray[np.int32], NDArray[np.int32]]] = []

    def add(self, block: FeatureBlock) -> None:
        """Consider the proteins of a block, each once in all."""
        l0 = np.diff(block.indptr)
        for protein, start, stop in zip(
            block.proteins, block.offsets[:-1], block.offsets[1:], strict=True
        ):
            rows = l0[start:stop].astype(np.int32)
            fired = block.feature[block.indptr[start] : block.indptr[stop]]
            cost = int(np.square(l0[start:stop]).sum())
            # Copies, so that what is dropped does not keep its whole block alive.
            self._keep((-int(self._priorities[protein]), int(protein), cost, rows, fired.copy()))

    def merge(self, other: "CoactivationAccumulator") -> None:
        """Consider what another accumulator kept of other proteins."""
        for entry in other._kept:
            self._keep(entry)

    def compute(self, *, n_others: int) -> Coactivation:
        """The features that fire with each feature most.

        Args:
            n_others: at most so many for each feature.
        """
        fired = self._fired()
        counts = np.bincount(fired.indices, minlength=self._d_sae)
        parts = [
            _strongest(first, both, counts, n_others) for first, both in _co_occurrences(fired)
        ]
        feature, other, n_both, jaccard, rank = map(np.concatenate, zip(*parts, strict=True))
        return Coactivation(
            n_residues=fired.shape[0],
            feature=feature,
            other=other,
            n_both=n_both,
            jaccard=jaccard,
            rank=rank,
        )

    def _keep(self, entry: tuple[int, int, int, NDArray[np.int32], NDArray[np.int32]]) -> None:
        heapq.heappush(self._kept, entry)
        self._spent += entry[2]
        while self._spent > self._max_products and len(self._kept) > 1:
            self._spent -= heapq.heappop(self._kept)[2]

    def _fired(self) -> sparse.csr_array:
        """1 where a feature fires, int32 [n_residues, d_sae]."""
        nothing = [np.zeros(0, np.int32)]
        l0 = np.concatenate([entry[3] for entry in self._kept] or nothing)
        indices = np.concatenate([entry[4] for entry in self._kept] or nothing)
        pointers = np.concatenate(([0], np.cumsum(l0, dtype=np.int64)))
        ones = np.ones(len(indices), np.int32)
        return sparse.csr_array((ones, indices, pointers), shape=(len(l0), self._d_sae))


def _co_occurrences(fired: sparse.csr_array) -> Iterator[tuple[int, sparse.coo_array]]:
    """For some features at a time: the first, and on how many residues each fires with any."""
    d_sae = fired.shape[1]
    by_feature = fired.T.tocsr()
    step = max(1, _MAX_PART // d_sae)
    for first in range(0, d_sae, step):
        yield first, (by_feature[first : first + step] @ fired).tocoo()


def _strongest(
    first: int, both: sparse.coo_array, counts: NDArray[np.int64], n_others: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64],
           NDArray[np.int64]]:  # fmt: skip
    """Feature, other, n_both, Jaccard and rank of a part, ordered."""
    feature, other = both.row.astype(np.int64) + first, both.col.astype(np.int64)
    differs = feature != other
    feature, other, n_both = feature[differs], other[differs], both.data[differs].astype(np.int64)
    jaccard = n_both / (counts[feature] + counts[other] - n_both)
    rank = ranks_within(feature, -jaccard, other)
    kept = np.flatnonzero(rank < n_others)
    kept = kept[np.lexsort((rank[kept], feature[kept]))]
    return feature[kept], other[kept], n_both[kept], jaccard[kept], rank[kept]
