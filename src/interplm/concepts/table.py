"""Instances of concepts as arrays, for counting."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.spans import Concept


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConceptTable:
    """Every instance of every concept on an ordered list of proteins.

    The arrays are read-only and ordered by (protein, concept, start, stop). Instances that
    overlap, or are equal, stay apart. Counts of tables over disjoint proteins with the same
    concepts add.

    Attributes:
        concepts: what `concept` numbers.
        accessions: what `protein` numbers, in the order of the activations.
        lengths: residues of each protein, int64 [n_proteins].
        concept: int32 [n_spans].
        protein: int32 [n_spans].
        start: first residue, 0-based within its protein, int32 [n_spans].
        stop: one past the last residue, int32 [n_spans].
        ends_only: only residues start and stop - 1 belong to it, bool [n_spans].
    """

    concepts: tuple[Concept, ...]
    accessions: tuple[str, ...]
    lengths: NDArray[np.int64]
    concept: NDArray[np.int32]
    protein: NDArray[np.int32]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    ends_only: NDArray[np.bool_]

    @classmethod
    def from_arrays(
        cls,
        *,
        concepts: Sequence[Concept],
        accessions: Sequence[str],
        lengths: NDArray[np.integer],
        concept: NDArray[np.integer],
        protein: NDArray[np.integer],
        start: NDArray[np.integer],
        stop: NDArray[np.integer],
        ends_only: NDArray[np.bool_],
    ) -> Self:
        """Order the instances, whose arrays are all [n_spans], and freeze them.

        Raises:
            ValueError: if an instance is empty, leaves its protein, or has no concept or protein.
        """
        order = np.lexsort((stop, start, concept, protein))
        table = cls(
            concepts=tuple(concepts),
            accessions=tuple(accessions),
            lengths=_frozen(lengths, np.int64),
            concept=_frozen(concept[order], np.int32),
            protein=_frozen(protein[order], np.int32),
            start=_frozen(start[order], np.int32),
            stop=_frozen(stop[order], np.int32),
            ends_only=_frozen(ends_only[order], np.bool_),
        )
        table._check()
        return table

    @property
    def n_spans(self) -> int:
        """Instances of all concepts."""
        return len(self.concept)

    @property
    def n_residues(self) -> int:
        """Of all proteins."""
        return int(self.lengths.sum())

    def subset(self, proteins: NDArray[np.bool_]) -> "ConceptTable":
        """The proteins of a mask [n_proteins], in the same order, with all concepts."""
        spans = proteins[self.protein]
        number = np.cumsum(proteins, dtype=np.int32) - 1
        kept = np.flatnonzero(proteins)
        return replace(
            self._spans(spans),
            accessions=tuple(self.accessions[index] for index in kept),
            lengths=_frozen(self.lengths[kept], np.int64),
            protein=_frozen(number[self.protein[spans]], np.int32),
        )

    def on(self, proteins: NDArray[np.bool_]) -> "ConceptTable":
        """The instances on the proteins of a mask [n_proteins]; all proteins keep their number."""
        return self._spans(proteins[self.protein])

    def with_concepts(self, concepts: NDArray[np.bool_]) -> "ConceptTable":
        """The concepts of a mask [n_concepts], in the same order, on all proteins."""
        spans = concepts[self.concept]
        number = np.cumsum(concepts, dtype=np.int32) - 1
        return replace(
            self._spans(spans),
            concepts=tuple(self.concepts[index] for index in np.flatnonzero(concepts)),
            concept=_frozen(number[self.concept[spans]], np.int32),
        )

    def labels(self, proteins: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Which concepts each residue of some proteins carries, dense [n_residues, n_concepts].

        Args:
            proteins: numbers of them, each at most once, in the order of their residues.
        """
        lengths = self.lengths[proteins]
        offset = np.full(len(self.lengths), -1, np.int64)
        offset[proteins] = np.cumsum(lengths) - lengths
        dense = np.zeros((int(lengths.sum()), len(self.concepts)), np.bool_)
        for span in np.flatnonzero(offset[self.protein] >= 0).tolist():
            concept, first = self.concept[span], offset[self.protein[span]]
            start, stop = first + self.start[span], first + self.stop[span]
            if self.ends_only[span]:
                dense[[start, stop - 1], concept] = True
            else:
                dense[start:stop, concept] = True
        return dense

    def domain_counts(self) -> NDArray[np.int64]:
        """Instances of each concept, int64 [n_concepts]."""
        return np.bincount(self.concept, minlength=len(self.concepts)).astype(np.int64)

    def protein_counts(self) -> NDArray[np.int64]:
        """Proteins that carry each concept, int64 [n_concepts]."""
        return self.carriers(np.arange(len(self.accessions)))

    def carriers(self, group: NDArray[np.integer]) -> NDArray[np.int64]:
        """Groups of proteins of which some carry each concept, int64 [n_concepts].

        Args:
            group: number of each protein's group, [n_proteins].
        """
        pairs = np.unique(np.stack([self.concept, group[self.protein]]), axis=1)
        return np.bincount(pairs[0], minlength=len(self.concepts)).astype(np.int64)

    def residue_counts(self) -> NDArray[np.int64]:
        """Distinct residues of each concept, int64 [n_concepts]; overlaps count once."""
        concept, start, stop = self._intervals()
        order = np.argsort(start, kind="stable")
        concept, start, stop = concept[order], start[order], stop[order]
        # Places of different concepts and proteins are disjoint, so one running maximum over
        # all says how far the residues are already counted.
        reached = np.maximum.accumulate(stop)
        counted = np.concatenate((np.zeros(1, np.int64), reached))[: len(reached)]
        new = np.maximum(stop - np.maximum(start, counted), 0)
        counts = np.zeros(len(self.concepts), np.int64)
        np.add.at(counts, concept, new)
        return counts

    def _intervals(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Concept, start and stop, with starts that tell apart all concepts and proteins.

        An instance of which the ends alone belong to it becomes two of one residue.
        """
        offsets = np.cumsum(self.lengths) - self.lengths
        origin = self.concept.astype(np.int64) * self.n_residues + offsets[self.protein]
        start, stop = origin + self.start, origin + self.stop
        ends = self.ends_only
        return (
            np.concatenate((self.concept, self.concept[ends])).astype(np.int64),
            np.concatenate((start, stop[ends] - 1)),
            np.concatenate((np.where(ends, start + 1, stop), stop[ends])),
        )

    def _spans(self, mask: NDArray[np.bool_]) -> "ConceptTable":
        return replace(
            self,
            concept=_frozen(self.concept[mask], np.int32),
            protein=_frozen(self.protein[mask], np.int32),
            start=_frozen(self.start[mask], np.int32),
            stop=_frozen(self.stop[mask], np.int32),
            ends_only=_frozen(self.ends_only[mask], np.bool_),
        )

    def _check(self) -> None:
        if len(self.lengths) != len(self.accessions):
            raise ValueError(f"{len(self.lengths)} lengths for {len(self.accessions)} proteins")
        for name, number, n in (
            ("concept", self.concept, len(self.concepts)),
            ("protein", self.protein, len(self.accessions)),
        ):
            if len(number) and not (number.min() >= 0 and number.max() < n):
                raise ValueError(f"{name} must number 0..{n - 1}")
        inside = (self.start >= 0) & (self.start < self.stop)
        wrong = ~(inside & (self.stop <= self.lengths[self.protein]))
        if wrong.any():
            span = int(np.flatnonzero(wrong)[0])
            raise ValueError(
                f"{self.start[span]}..{self.stop[span]} is empty or leaves "
                f"{self.accessions[self.protein[span]]}"
            )


def _frozen(values: NDArray[np.generic], dtype: type[np.generic]) -> NDArray:
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array
