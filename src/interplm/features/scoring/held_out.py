"""Chosen pairs on held-out proteins, one protein at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.table import ConceptTable
from interplm.features.encoding.traces import FeatureTraces
from interplm.features.scoring.instances import InstanceRows, place_instances
from interplm.features.scoring.metrics import average_precision


@dataclass(frozen=True, slots=True, kw_only=True)
class ProteinCounts:
    """Counts of one pair, named as in ConceptCounts, on each protein, all int64 [n_proteins]."""

    tp: NDArray[np.int64]
    firing: NDArray[np.int64]
    domains_hit: NDArray[np.int64]
    n_residues: NDArray[np.int64]
    n_domains: NDArray[np.int64]

    def stacked(self) -> NDArray[np.int64]:
        """[5, n_proteins] in the order of the attributes."""
        return np.stack([self.tp, self.firing, self.domains_hit, self.n_residues, self.n_domains])

    @property
    def coverage(self) -> float:
        """Share of the proteins with the concept on which the feature fires within it."""
        carriers = self.n_residues > 0
        return float((self.tp > 0).sum() / carriers.sum()) if carriers.any() else 0.0


class HeldOut:
    """Concepts and chosen features on the same rows.

    Args:
        table: of the concepts.
        columns: of the chosen features, on the held-out proteins.
    """

    def __init__(self, table: ConceptTable, columns: FeatureTraces) -> None:
        self.columns = columns
        self.lengths = table.lengths[columns.proteins]
        self._instances = place_instances(table, columns.proteins, columns.offsets)

    def instances(self, concept: int) -> InstanceRows:
        """Of one concept."""
        every = self._instances
        first, stop = np.searchsorted(every.concept, [concept, concept + 1])
        low, high = np.searchsorted(every.instance, [first, stop])
        return InstanceRows(
            concept=every.concept[first:stop],
            instance=every.instance[low:high] - first,
            start=every.start[low:high],
            stop=every.stop[low:high],
            fresh=every.fresh[low:high],
        )

    def firing_rows(self, feature: int, threshold: float) -> NDArray[np.int64]:
        """Rows on which a feature is above a threshold, ascending."""
        row, value = self.columns.column(feature)
        return row[value > np.float32(threshold)]

    def protein_counts(
        self, instances: InstanceRows, firing_rows: NDArray[np.int64]
    ) -> ProteinCounts:
        """Counts of a pair on each held-out protein."""
        n = len(self.lengths)
        owner = self.columns.protein_of(instances.start)
        start, fresh, stop = (
            np.searchsorted(firing_rows, rows)
            for rows in (instances.start, instances.fresh, instances.stop)
        )
        hit = np.zeros(instances.n_instances, np.bool_)
        hit[instances.instance[stop > start]] = True
        first = instances.stretches_of[:-1]
        return ProteinCounts(
            tp=_total(owner, stop - fresh, n),
            firing=np.bincount(self.columns.protein_of(firing_rows), minlength=n),
            domains_hit=_total(owner[first], hit, n),
            n_residues=_total(owner, instances.stop - instances.fresh, n),
            n_domains=np.bincount(owner[first], minlength=n),
        )

    def average_precision(self, instances: InstanceRows, feature: int) -> float:
        """Of a feature's value as the score of a residue, over all held-out residues; exact."""
        row, value = self.columns.column(feature)
        order = np.argsort(instances.fresh, kind="stable")
        order = order[(instances.stop > instances.fresh)[order]]
        fresh, stop = instances.fresh[order], instances.stop[order]
        if not len(fresh):
            return 0.0
        before = np.searchsorted(fresh, row, side="right") - 1
        is_positive = (before >= 0) & (row < stop[before])
        return average_precision(
            value, is_positive, n_positive=int((stop - fresh).sum()), n=self.columns.n_rows
        )


def _total(owner: NDArray[np.int64], amount: NDArray, n: int) -> NDArray[np.int64]:
    """Sum of the amounts of each owner; exact below 2^53."""
    return np.bincount(owner, weights=amount, minlength=n).astype(np.int64)
