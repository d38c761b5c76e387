"""Concepts, where proteins carry them, and annotations that could not be used."""

from dataclasses import dataclass, field
from typing import Literal

# How recall counts: residues one by one, or instances, each found when any residue of it fires
# (Simon & Zou 2024, Methods).
Kind = Literal["residue", "domain"]
# named: one annotation's own name; group: several names together; any: everything in a category;
# any kept: everything in a category whose own name is frequent enough, as the original toolkit had.
Scope = Literal["named", "group", "any", "any kept"]
# What it stands for: an annotation, a letter of the sequence, or random spans to compare with.
Role = Literal["annotation", "amino_acid", "control"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """What residues can be annotated with.

    Attributes:
        name: unique, such as "Zinc finger: C2H2-type".
        category: of the annotation, such as "Zinc finger".
        kind: whether recall counts residues or instances; the source states it.
        family: of categories, such as "Domains and regions".
        scope: whether it is an annotation's own name or stands for several.
        role: what it stands for.
        aliases: names of concepts with the same instances, which this one stands for as well.
    """

    name: str
    category: str
    kind: Kind
    family: str
    scope: Scope = "named"
    role: Role = "annotation"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptSpan:
    """One instance of a concept on a protein.

    Attributes:
        accession: of the protein.
        concept: name of the concept.
        start: first residue, 0-based.
        stop: one past the last residue.
        ends_only: only residues `start` and `stop - 1` belong to it, as of a disulfide bond.
        note: the annotation's own words.
        evidence: such as "ECO:0000269|PubMed:15302536", in the order of the source.
    """

    accession: str
    concept: str
    start: int
    stop: int
    ends_only: bool = False
    note: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedProtein:
    """A protein with what is known of it.

    Attributes:
        accession: unique in its source.
        sequence: residues; empty where the source has annotations alone.
        name: in words, possibly empty.
        spans: instances of concepts, amino acids left out: they follow from the sequence.
        labels: of the whole protein, by column: "EC number" to ("1.10.3.9",).
        alphafold: whether AlphaFoldDB has a structure of it.
        line: 1-based, on which it stands or is first mentioned.
    """

    accession: str
    sequence: str
    name: str
    spans: tuple[ConceptSpan, ...]
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alphafold: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedAnnotation:
    """An annotation, or a whole protein, that was set aside or taken in part.

    Attributes:
        accession: as far as it is known.
        field: column or attribute.
        reason: in words.
        piece: the text that it is about.
        line: 1-based, on which it stands.
        file: name of the file, where the source has several.
    """

    accession: str
    field: str
    reason: str
    piece: str
    line: int
    file: str = ""
