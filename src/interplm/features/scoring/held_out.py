"""Chosen pairs on held-out proteins, one protein at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.table import ConceptTable
from interplm.features.encoding.traces import FeatureTraces
from interplm.features.scoring.instances import InstanceRows, place_instances


@dataclass(frozen=True, slots=True, kw_only=True)
class ProteinCounts:
    """Counts of one pair, named as in ConceptCounts, on each protein, all int64 [n_proteins]."""

    tp: NDArray[np.int64]
    firing: NDArray[np.int64]
    n_found: NDArray[np.int64]
    n_residues: NDArray[np.int64]
    n_domains: NDArray[np.int64]

    def stacked(self) -> NDArray[np.int64]:
        """[5, n_proteins] in the order of the attributes."""
        return np.stack([self.tp, self.firing, self.n_found, self.n_residues, self.n_domains])

    @property
    def coverage(self) -> float:
        """Share of the proteins with the concept on which the feature fires within it."""
        carriers = self.n_residues > 0
        return float((self.tp > 0).sum() / carriers.sum()) if carriers.any() else 0.0


class HeldOut:
    """Concepts and chosen features on the same rows.

    Args:
        table: of the concepts.
        traces: of the chosen features, on the held-out proteins.
        cluster: number of the cluster of each protein of the table, [n_proteins].

    Attributes:
        traces: as given.
        lengths: residues of each held-out protein, [n_held_out].
        cluster: of each held-out protein, [n_held_out].
    """

    def __init__(
        self, table: ConceptTable, traces: FeatureTraces, *, cluster: NDArray[np.int64]
    ) -> None:
        self.traces = traces
        self.lengths = table.lengths[traces.proteins]
        self.cluster = cluster[traces.proteins]
        self._instances = place_instances(table, traces.proteins, traces.offsets)

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
        row, value = self.traces.trace(feature)
        return row[value > np.float32(threshold)]

    def protein_counts(
        self, instances: InstanceRows, firing_rows: NDArray[np.int64]
    ) -> ProteinCounts:
        """Counts of a pair on each held-out protein."""
        n = len(self.lengths)
        owner = self.traces.protein_of(instances.start)
        start, fresh, stop = (
            np.searchsorted(firing_rows, rows)
            for rows in (instances.start, instances.fresh, instances.stop)
        )
        hit = np.zeros(instances.n_instances, np.bool_)
        hit[instances.instance[stop > start]] = True
        first = instances.stretches_of[:-1]
        return ProteinCounts(
            tp=_total(owner, stop - fresh, n),
            firing=np.bincount(self.traces.protein_of(firing_rows), minlength=n),
            n_found=_total(owner[first], hit, n),
            n_residues=self.residues_of(instances),
            n_domains=np.bincount(owner[first], minlength=n),
        )

    def ranked(
        self, instances: InstanceRows, feature: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
        """Rows on which a feature fires, its values, and whether each row carries the concept."""
        row, value = self.traces.trace(feature)
        order = np.argsort(instances.fresh, kind="stable")
        order = order[(instances.stop > instances.fresh)[order]]
        fresh, stop = instances.fresh[order], instances.stop[order]
        if not len(fresh):
            return row, value, np.zeros(len(row), np.bool_)
        before = np.searchsorted(fresh, row, side="right") - 1
        return row, value, (before >= 0) & (row < stop[before])

    def residues_of(self, instances: InstanceRows) -> NDArray[np.int64]:
        """Residues of a concept on each held-out protein, overlaps once."""
        owner = self.traces.protein_of(instances.start)
        return _total(owner, instances.stop - instances.fresh, len(self.lengths))


def _total(owner: NDArray[np.int64], amount: NDArray, n: int) -> NDArray[np.int64]:
    """Sum of the amounts of each owner; exact below 2^53."""
    return np.bincount(owner, weights=amount, minlength=n).astype(np.int64)
