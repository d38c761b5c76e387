"""Annotations from GFF3."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from interplm.concepts.annotation_lines import (
    Instance,
    is_row,
    place_of,
    set_aside,
    without_comments,
)
from interplm.concepts.evidence import is_evidence
from interplm.concepts.gff3_attributes import parse_attributes
from interplm.concepts.positions_file import PositionsFile, StatedKind
from interplm.concepts.spans import RejectedAnnotation
from interplm.proteins.identifiers import name_in_cell, visible
from interplm.proteins.tables import Row, split_rows

_COLUMNS = "seqid, source, type, start, end, score, strand, phase, attributes"
# What InterProScan and others call the whole sequence, on which the matches lie.
_WHOLE_SEQUENCE = "polypeptide"


class Gff3Source(PositionsFile):
    """Features of proteins in GFF3 1.26: nine tab-separated columns, numbered from 1, inclusive.

    Fields may be in quotes, as programs write them that save a file again. Lines that share an ID
    are instances of their own, and a feature with several names, such as
    `Dbxref=InterPro:IPR000001,GO:0005524`, is one of each. The attribute `Note` becomes the note;
    `evidence`, or else codes such as `Ontology_term=ECO:0000269`, the evidence. A `##FASTA` part
    ends the annotations, up to the next `##gff-version` of files that were put together.

    Args:
        path: see AnnotationSource.
        named_by: attribute that names the concept, such as "Name" or "Note"; null for the type
            in column 3. A feature without it is set aside.
        kind: see PositionsFile.
        category: see PositionsFile.
        family: see PositionsFile.
        evidence: see EvidenceFilter.
    """

    def __init__(
        self,
        *,
        path: str | Path | Sequence[str | Path],
        named_by: str | None,
        kind: StatedKind,
        category: str,
        family: str,
        evidence: str | Sequence[str],
    ) -> None:
        super().__init__(path=path, kind=kind, category=category, family=family, evidence=evidence)
        self._named_by = named_by

    def _instances(self, path: Path) -> Iterator[Instance | RejectedAnnotation]:
        commented: list[RejectedAnnotation] = []
        lines = without_comments(_annotations(self._lines(path)), commented)
        for row in split_rows(lines, "\t", is_row=is_row):
            yield from commented
            commented.clear()
            yield from self._of_row(row)
        yield from commented

    def _of_row(self, row: Row) -> Iterator[Instance | RejectedAnnotation]:
        number, line = row.line, "\t".join(row.fields)
        fields = [field.strip() for field in row.fields]
        if len(fields) < 8:
            reason = f"{len(fields)} tab-separated fields, at least 9 are needed: {_COLUMNS}"
            yield set_aside(number, line, reason)
            return
        accession = name_in_cell(unquote(fields[0]))
        feature_type = visible(unquote(fields[2]))
        place = place_of(fields[3], fields[4], first=1)
        attributes = parse_attributes("".join(fields[8:9]))
        if isinstance(place, str):
            yield set_aside(number, line, place, accession=accession, field=feature_type)
        elif isinstance(attributes, str):
            yield set_aside(number, line, attributes, accession=accession, field="attributes")
        elif feature_type == _WHOLE_SEQUENCE:
            reason = "it is the sequence itself and annotates no part of it"
            yield set_aside(number, line, reason, accession=accession, field=feature_type)
        else:
            yield from self._named(number, line, accession, feature_type, place, attributes)

    def _named(
        self,
        number: int,
        line: str,
        accession: str,
        feature_type: str,
        place: tuple[int, int],
        attributes: dict[str, tuple[str, ...]],
    ) -> Iterator[Instance | RejectedAnnotation]:
        """An instance for each name of a feature."""
        named_by = self._named_by
        names = (feature_type,) if named_by is None else attributes.get(named_by, ())
        names = tuple(filter(None, dict.fromkeys(map(visible, names))))
        for name in names:
            yield Instance(
                accession=accession,
                concept=name,
                place=place,
                line=number,
                feature_type=feature_type,
                note=visible(", ".join(attributes.get("Note", ()))),
                evidence=_evidence_of(attributes),
            )
        if not names:
            reason = f"there is no attribute {named_by} to name the concept"
            yield set_aside(number, line, reason, accession=accession, field="attributes")


def _annotations(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines outside of sequences, directives included."""
    in_sequences = False
    for number, line in lines:
        if line.startswith(("##FASTA", ">")):
            in_sequences = True
        elif line.startswith("##gff-version"):
            in_sequences = False
        if not in_sequences:
            yield number, line


def _evidence_of(attributes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What `evidence` has, as in UniProtKB; else codes wherever they stand."""
    stated = attributes.get("evidence", ())
    return stated or tuple(v for values in attributes.values() for v in values if is_evidence(v))
