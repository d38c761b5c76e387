"""Where the instances of concepts lie among the rows of given proteins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.table import ConceptTable


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRows:
    """Instances, each one stretch of rows, or two where its ends alone belong to it.

    Instances are numbered in order of their concept; stretches are in order of their instance.

    Attributes:
        concept: of each instance, never decreasing, int32 [n_instances].
        instance: of each stretch, int64 [n_stretches].
        start: first row, int64 [n_stretches].
        stop: one past the last row, int64 [n_stretches].
        fresh: first row from which on no other stretch of the concept holds these rows already,
            start <= fresh <= stop: rows fresh:stop of all stretches are the concept's rows, once.
    """

    concept: NDArray[np.int32]
    instance: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    fresh: NDArray[np.int64]

    @property
    def n_instances(self) -> int:
        """Of all concepts."""
        return len(self.concept)

    @property
    def stretches_of(self) -> NDArray[np.int64]:
        """Instance i owns stretches [i]:[i + 1], int64 [n_instances + 1]."""
        return np.searchsorted(self.instance, np.arange(self.n_instances + 1))

    def n_residues(self, n_concepts: int) -> NDArray[np.int64]:
        """Distinct rows of each concept, int64 [n_concepts]."""
        rows = np.zeros(n_concepts, np.int64)
        np.add.at(rows, self.concept[self.instance], self.stop - self.fresh)
        return rows

    def n_domains(self, n_concepts: int) -> NDArray[np.int64]:
        """Instances of each concept, int64 [n_concepts]."""
        return np.bincount(self.concept, minlength=n_concepts).astype(np.int64)


def place_instances(
    table: ConceptTable, proteins: NDArray[np.int64], offsets: NDArray[np.int64]
) -> InstanceRows:
    """The instances on some proteins, by row.

    Args:
        table: of all instances.
        proteins: numbers in the table, each at most once.
        offsets: protein i owns rows offsets[i]:offsets[i + 1].
    """
    first = np.searchsorted(table.protein, proteins, side="left")
    stop = np.searchsorted(table.protein, proteins, side="right")
    span, owner = ranges(first, stop)
    return arrange(
        concept=table.concept[span],
        start=offsets[owner] + table.start[span],
        stop=offsets[owner] + table.stop[span],
        ends_only=table.ends_only[span],
    )


def arrange(
    *,
    concept: NDArray[np.int32],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    ends_only: NDArray[np.bool_],
) -> InstanceRows:
    """Instances in any order, all arrays [n_instances], as InstanceRows."""
    order = np.lexsort((stop, start, concept))
    concept, start, stop = concept[order], start[order], stop[order]
    # Ends that fall on one row are one stretch; longer instances give their other end here.
    ends = ends_only[order] & (stop - start > 1)
    instance = np.concatenate([np.arange(len(concept)), np.flatnonzero(ends)])
    first_stop = np.where(ends, start + 1, stop)
    start, stop = np.append(start, stop[ends] - 1), np.append(first_stop, stop[ends])
    fresh = _fresh(concept[instance], start, stop)
    order = np.argsort(instance, kind="stable")
    return InstanceRows(
        concept=concept,
        instance=instance[order],
        start=start[order],
        stop=stop[order],
        fresh=fresh[order],
    )


def ranges(
    first: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of every first[i]:stop[i], one range after the other, and each one's i."""
    lengths = stop - first
    owner = np.repeat(np.arange(len(first)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(owner)) + (first - before)[owner], owner


def _fresh(
    concept: NDArray[np.int32], start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.int64]:
    """See InstanceRows; the stretches may come in any order."""
    order = np.lexsort((start, concept))
    # Moving each concept behind the one before lets one running maximum serve them all.
    shift = concept[order].astype(np.int64) * int(stop.max(initial=0))
    reached = np.maximum.accumulate(stop[order] + shift)
    before = np.append(0, reached)[: len(order)] - shift
    fresh = np.empty(len(order), np.int64)
    fresh[order] = np.clip(before, start[order], stop[order])
    return fresh
