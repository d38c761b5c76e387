"""Example proteins of each feature: where it is strongest, and a sample of every strength."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.features.database.records import BUCKETS
from interplm.features.profile.firing import ProteinRuns, ranks_within
from interplm.features.profile.sampling import mixed

# Between the buckets below the first.
_EDGES = np.array([0.2, 0.4, 0.6, 0.8], np.float32)
# Entries of 8 bytes that wait to be compared with the best so far: 128 MiB.
_MAX_WAITING = 16 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """Rows of the table of examples, ordered by feature, bucket and rank.

    Attributes:
        bucket: index into BUCKETS, int64 [n_examples].
        rank: 0 for the strongest in its bucket, int64 [n_examples].
        runs: feature, protein and sparse activations of each row.
    """

    bucket: NDArray[np.int64]
    rank: NDArray[np.int64]
    runs: ProteinRuns

    def top(self) -> ProteinRuns:
        """The proteins on which each feature is strongest."""
        return self.runs.take(self.bucket == 0)


class ExampleAccumulator:
    """Chooses examples in one pass; what is kept does not grow with the number of proteins.

    The strongest proteins are ranked by their maximum, ties by the number of the protein. Of every
    other bucket a random sample is kept, drawn by hash of accession and feature, so that the
    sample is the same whatever the blocks and shards.

    Args:
        d_sae: number of features.
        n_top: strongest proteins to keep for each feature.
        n_per_bucket: proteins to keep for each feature and bucket below.
        priorities: of all proteins, see protein_priorities, uint64 [n_proteins].
    """

    def __init__(
        self, *, d_sae: int, n_top: int, n_per_bucket: int, priorities: NDArray[np.uint64]
    ) -> None:
        self._n_top = n_top
        self._n_per_bucket = n_per_bucket
        self._priorities = priorities
        self._chosen: list[ProteinRuns] = []
        self._n_waiting = 0
        # What a newcomer has to beat: a maximum, and by bucket a priority.
        self._least_top = np.zeros(d_sae, np.float32)
        self._last_drawn = np.full((d_sae, len(BUCKETS)), np.iinfo(np.uint64).max, np.uint64)

    def add(self, runs: ProteinRuns) -> None:
        """Consider the proteins of some runs, each protein once in all."""
        drawn = self._drawn(runs) <= self._last_drawn[runs.feature, _bucket_of(runs)]
        newcomers = runs.take(drawn | (runs.maximum >= self._least_top[runs.feature]))
        self._chosen.append(newcomers)
        self._n_waiting += newcomers.n_entries
        if self._n_waiting > _MAX_WAITING:
            self._choose()

    def merge(self, other: "ExampleAccumulator") -> None:
        """Consider what another accumulator chose among other proteins."""
        self._chosen += other._chosen
        self._choose()

    def compute(self) -> Examples:
        """The examples of all proteins so far."""
        if not self._chosen:
            return Examples(bucket=_NONE, rank=_NONE, runs=_no_runs())
        is_top, is_drawn = self._choose()
        runs = self._chosen[0]
        row = np.concatenate((np.flatnonzero(is_top), np.flatnonzero(is_drawn)))
        bucket = np.where(np.arange(len(row)) < is_top.sum(), 0, _bucket_of(runs)[row])
        feature, protein = runs.feature[row], runs.protein[row]
        rank = ranks_within(feature * np.int64(len(BUCKETS)) + bucket, -runs.maximum[row], protein)
        order = np.lexsort((rank, bucket, feature))
        return Examples(bucket=bucket[order], rank=rank[order], runs=runs.take(row[order]))

    def _choose(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Keep the best so far, and say which of them are top and which were drawn."""
        runs = ProteinRuns.concatenated(self._chosen)
        bucket, drawn = _bucket_of(runs), self._drawn(runs)
        feature = runs.feature.astype(np.int64)
        top_rank = ranks_within(feature, -runs.maximum, runs.protein)
        draw_rank = ranks_within(feature * len(BUCKETS) + bucket, drawn)
        is_top, is_drawn = top_rank < self._n_top, draw_rank < self._n_per_bucket
        last_top = top_rank == self._n_top - 1
        self._least_top[feature[last_top]] = runs.maximum[last_top]
        last = draw_rank == self._n_per_bucket - 1
        self._last_drawn[feature[last], bucket[last]] = drawn[last]
        kept = is_top | is_drawn
        self._chosen, self._n_waiting = [runs.take(kept)], 0
        return is_top[kept], is_drawn[kept]

    def _drawn(self, runs: ProteinRuns) -> NDArray[np.uint64]:
        return mixed(self._priorities[runs.protein], runs.feature)


_NONE = np.zeros(0, np.int64)


def _bucket_of(runs: ProteinRuns) -> NDArray[np.int64]:
    """Index into BUCKETS of each run by its maximum: 1 for the strongest."""
    return len(BUCKETS) - 1 - np.searchsorted(_EDGES, runs.maximum, side="left")


def _no_runs() -> ProteinRuns:
    nothing = np.zeros(0, np.int32)
    return ProteinRuns(
        feature=nothing, protein=nothing, offsets=np.zeros(1, np.int64), positions=nothing,
        activations=np.zeros(0, np.float32),
    )  # fmt: skip
