"""From an annotation source to the table of the proteins that have activations."""

import csv
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.amino_acids import AMINO_ACIDS, amino_acid_runs
from interplm.concepts.clipping import within
from interplm.concepts.minimum import with_minimum_instances
from interplm.concepts.source import AnnotationSource
from interplm.concepts.spans import AnnotatedProtein, ConceptSpan, RejectedAnnotation
from interplm.concepts.table import ConceptTable
from interplm.errors import UserError
from interplm.files.atomic import written_aside

_REJECTED_COLUMNS = ("accession", "field", "reason", "piece", "line", "file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Annotations of the proteins of a store.

    Attributes:
        table: of the proteins that are known to the source, in the order of the store.
        known: which proteins of the store these are, bool [n_proteins of the store].
        sequences: of the proteins of the table; empty strings where the source has none.
        n_read: proteins in the source.
        n_rejected: lines of rejected.csv.
        rare: the concepts that are left out for having too few instances.
    """

    table: ConceptTable
    known: NDArray[np.bool_]
    sequences: tuple[str, ...]
    n_read: int
    n_rejected: int
    rare: ConceptTable

    def summary(self) -> str:
        """One line for the log."""
        table = self.table
        return (
            f"{len(table.concepts):,} concepts with {table.n_spans:,} instances on "
            f"{len(table.accessions):,} of {len(self.known):,} proteins ({self.n_read:,} read, "
            f"{self.n_rejected:,} annotations and proteins set aside)."
        )


def collect(
    source: AnnotationSource,
    *,
    accessions: Sequence[str],
    lengths: NDArray[np.integer],
    minimum_instances: int,
    rejected_csv: Path,
    on_progress: Callable[[int], None] | None = None,
) -> Collected:
    """Read a source once and keep what it says of some proteins.

    Args:
        source: read to its end.
        accessions: of the proteins, in the order of their activations.
        lengths: residues of each, [n_proteins].
        minimum_instances: a concept with fewer on these proteins is left out.
        rejected_csv: columns accession, field, reason, piece, line, file; written even if nothing
            was set aside. A protein that is not among those asked for is one line.
        on_progress: called with 1 for every protein.

    Raises:
        UserError: if the source knows none of the proteins, or any concept would do.
    """
    if minimum_instances < 1:
        raise UserError(f"concepts.minimum_instances must be at least 1, got {minimum_instances}.")
    collector = _Collector(source, accessions, lengths)
    with (
        written_aside(rejected_csv, by_several=True) as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_REJECTED_COLUMNS)
        for found in source.read():
            for row in collector.take(found):
                writer.writerow([getattr(row, name) for name in _REJECTED_COLUMNS])
            if on_progress is not None and isinstance(found, AnnotatedProtein):
                on_progress(1)
    return collector.result(minimum_instances)


class _Collector:
    """Spans as they are read, in flat arrays."""

    def __init__(
        self, source: AnnotationSource, accessions: Sequence[str], lengths: NDArray[np.integer]
    ) -> None:
        self._source = source
        self._accessions = tuple(accessions)
        self._lengths = np.asarray(lengths, np.int64)
        self._number = {accession: index for index, accession in enumerate(accessions)}
        self._sequences: dict[int, str] = {}
        self._concepts = {concept.name: index for index, concept in enumerate(AMINO_ACIDS)}
        self._concept, self._protein = array("i"), array("i")
        self._start, self._stop, self._ends_only = array("i"), array("i"), array("b")
        self._n_read = self._n_rejected = 0

    def take(self, found: AnnotatedProtein | RejectedAnnotation) -> list[RejectedAnnotation]:
        """Keep what can be used and give back, and count, what cannot."""
        rejected = [found] if isinstance(found, RejectedAnnotation) else self._add(found)
        self._n_rejected += len(rejected)
        return rejected

    def _add(self, protein: AnnotatedProtein) -> list[RejectedAnnotation]:
        self._n_read += 1
        reason = self._objection(protein)
        if reason:
            piece = f"all {len(protein.spans)} annotations"
            return [_rejected(protein, "accession", reason, piece)]
        number = self._number[protein.accession]
        self._sequences[number] = protein.sequence
        clipped, remarks = within(protein, int(self._lengths[number]))
        for span in clipped.spans:
            self._append(number, span)
        return remarks

    def _objection(self, protein: AnnotatedProtein) -> str:
        number = self._number.get(protein.accession)
        if number is None:
            return "the protein is not among those with activations"
        if number in self._sequences:
            return "the accession occurs a second time"
        n_residues = int(self._lengths[number])
        if protein.sequence and len(protein.sequence) != n_residues:
            return (
                f"the sequence has {len(protein.sequence)} residues, its activations {n_residues}"
            )
        return ""

    def _append(self, protein: int, span: ConceptSpan) -> None:
        self._concept.append(self._concepts.setdefault(span.concept, len(self._concepts)))
        self._protein.append(protein)
        self._start.append(span.start)
        self._stop.append(span.stop)
        self._ends_only.append(span.ends_only)

    def result(self, minimum_instances: int) -> Collected:
        known = np.full(len(self._accessions), not self._source.lists_every_protein)
        known[list(self._sequences)] = True
        if not self._sequences:
            raise UserError(
                f"{self._source} annotates none of the {len(self._accessions)} proteins with "
                "activations: embed the proteins it annotates, or correct concepts.source.path."
            )
        everything = self._table().subset(known)
        n = everything.domain_counts()
        table = with_minimum_instances(everything, minimum_instances)
        return Collected(
            table=table,
            known=known,
            sequences=tuple(self._sequences.get(int(i), "") for i in np.flatnonzero(known)),
            n_read=self._n_read,
            n_rejected=self._n_rejected,
            rare=everything.with_concepts((n > 0) & (n < minimum_instances)),
        )

    def _table(self) -> ConceptTable:
        acids = self._amino_acids() if self._source.amino_acids else np.empty((4, 0), np.int32)
        own = (self._concept, self._protein, self._start, self._stop)
        concept, protein, start, stop = (
            np.concatenate((np.array(column, np.int32), row))
            for column, row in zip(own, acids, strict=True)
        )
        by_name = {c.name: c for c in (*AMINO_ACIDS, *self._source.concepts.values())}
        return ConceptTable.from_arrays(
            concepts=[by_name[name] for name in self._concepts],
            accessions=self._accessions,
            lengths=self._lengths,
            concept=concept,
            protein=protein,
            start=start,
            stop=stop,
            ends_only=np.pad(np.array(self._ends_only, np.bool_), (0, acids.shape[1])),
        )

    def _amino_acids(self) -> NDArray[np.int32]:
        """Rows concept, protein, start and stop of the runs of all sequences, [4, n_runs]."""
        blocks = [np.empty((4, 0), np.int32)]
        for number, sequence in self._sequences.items():
            concept, start = amino_acid_runs(sequence)
            stop = np.append(start[1:], len(sequence))
            blocks.append(np.stack((concept, np.full_like(start, number), start, stop)))
        return np.concatenate(blocks, axis=1).astype(np.int32)


def _rejected(protein: AnnotatedProtein, field: str, reason: str, piece: str) -> RejectedAnnotation:
    return RejectedAnnotation(
        accession=protein.accession, field=field, reason=reason, piece=piece, line=protein.line
    )
