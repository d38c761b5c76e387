"""Annotated proteins that have activations: concepts, split, and what is shown of them."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.clipping import within
from interplm.concepts.collecting import Collected, collect
from interplm.concepts.source import AnnotationSource
from interplm.concepts.spans import AnnotatedProtein
from interplm.concepts.splits import ProteinSplit, Split
from interplm.concepts.table import ConceptTable
from interplm.errors import UserError
from interplm.proteins import ProteinRecord, ProteinSource

# Reasons shown apart; the others are counted together.
_N_REASONS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedSet:
    """What is scored.

    Attributes:
        table: concepts of the proteins.
        split: validation and test proteins of the table.
        proteins: in the order of the table, each with its sequence.
        summary: one line for the report.
        rejected: pieces that were set aside, by reason.
        rare: concepts with fewer instances than were asked for.
        minimum_instances: that were asked for.
    """

    table: ConceptTable
    split: Split
    proteins: tuple[AnnotatedProtein, ...]
    summary: str
    rejected: dict[str, int]
    rare: ConceptTable
    minimum_instances: int

    @property
    def splits(self) -> list[str]:
        """Validation or test, of each protein."""
        return ["validation" if chosen else "test" for chosen in self.split.validation]

    def described(self, dataset: str) -> dict[str, str | int]:
        """Name and size, for the database."""
        n_proteins, n_residues = len(self.table.accessions), self.table.n_residues
        return {"name": dataset, "n_proteins": n_proteins, "n_residues": n_residues}


def read_annotated(
    source: AnnotationSource,
    splitter: ProteinSplit,
    *,
    accessions: Sequence[str],
    lengths: NDArray[np.integer],
    minimum_instances: int,
    rejected_csv: Path,
    proteins: ProteinSource,
) -> AnnotatedSet:
    """Read annotations and split the proteins that have activations.

    Args:
        source: read twice: its spans become arrays, and what is shown of proteins is kept only of
            those that are scored.
        splitter: see ProteinSplit.
        accessions: of the proteins with activations, in their order.
        lengths: residues of each.
        minimum_instances: see collect.
        rejected_csv: see collect.
        proteins: read for the sequences that the source lacks.

    Raises:
        UserError: if a protein has no sequence, or another length than its activations.
    """
    collected = collect(
        source,
        accessions=accessions,
        lengths=lengths,
        minimum_instances=minimum_instances,
        rejected_csv=rejected_csv,
    )
    table = collected.table
    sequences = _sequences(collected, proteins)
    return AnnotatedSet(
        table=table,
        split=splitter.split(table.accessions, sequences),
        proteins=_proteins(source, table, sequences),
        summary=collected.summary(),
        rejected=_reasons(rejected_csv),
        rare=collected.rare,
        minimum_instances=minimum_instances,
    )


def _sequences(collected: Collected, proteins: ProteinSource) -> tuple[str, ...]:
    if all(collected.sequences):
        return collected.sequences
    table = collected.table
    wanted = set(table.accessions)
    others = {
        record.accession: record.sequence
        for record in proteins.read()
        if isinstance(record, ProteinRecord) and record.accession in wanted
    }
    sequences = tuple(
        own or others.get(accession, "")
        for own, accession in zip(collected.sequences, table.accessions, strict=True)
    )
    for accession, sequence, n in zip(table.accessions, sequences, table.lengths, strict=True):
        if len(sequence) != n:
            raise UserError(
                f"{accession} has activations of {n} residues, but {len(sequence)} in "
                f"{proteins.path}, and the annotations hold no sequence: give the file that was "
                "embedded as proteins.path."
            )
    return sequences


def _proteins(
    source: AnnotationSource, table: ConceptTable, sequences: Sequence[str]
) -> tuple[AnnotatedProtein, ...]:
    found: dict[str, AnnotatedProtein] = {}
    wanted = set(table.accessions)
    for protein in source.read():
        if isinstance(protein, AnnotatedProtein) and protein.accession in wanted:
            found.setdefault(protein.accession, protein)
    none = AnnotatedProtein(accession="", sequence="", name="", spans=())
    return tuple(
        replace(
            within(found.get(accession, none), len(sequence))[0],
            accession=accession,
            sequence=sequence,
        )
        for accession, sequence in zip(table.accessions, sequences, strict=True)
    )


def _reasons(rejected_csv: Path) -> dict[str, int]:
    """Lines by reason; numbers in a reason do not make another one of it."""
    with rejected_csv.open(newline="", encoding="utf-8") as file:
        counts = Counter(re.sub(r"\d+", "…", row["reason"]) for row in csv.DictReader(file))
    shown = dict(counts.most_common(_N_REASONS))
    n_others = counts.total() - sum(shown.values())
    return shown | ({"other reasons": n_others} if n_others else {})
