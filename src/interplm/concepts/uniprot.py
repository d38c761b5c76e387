"""Annotations of a UniProtKB table, as its website and REST interface export it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from interplm.concepts.clipping import clip
from interplm.concepts.evidence import EvidenceFilter
from interplm.concepts.feature_grammar import (
    Feature,
    Unreadable,
    parse_features,
    parse_location,
)
from interplm.concepts.source import AnnotationSource, Found
from interplm.concepts.spans import AnnotatedProtein, ConceptSpan, RejectedAnnotation
from interplm.concepts.uniprot_columns import COLUMNS, UNREAD, FeatureColumn
from interplm.concepts.uniprot_coverage import ColumnTally, UnreadColumns, absent_columns
from interplm.concepts.uniprot_labels import LABELS
from interplm.concepts.uniprot_naming import ConceptNaming, note_of
from interplm.errors import MalformedInput
from interplm.proteins.records import ProteinRecord, Rejected
from interplm.proteins.uniprot_tsv import read_entries

_NAMES = (*(column.column for column in COLUMNS), *UNREAD, *LABELS)


class UniProtSource(AnnotationSource):
    """Every annotation with a position becomes spans, every other one is given back with a reason.

    One annotation makes one span for each concept it belongs to, see ConceptNaming. Cofactors, EC
    numbers and Domain [CC] have no positions: they are labels of the protein.

    Args:
        path: see AnnotationSource; tables with the columns Entry and Sequence and any of
            `COLUMNS`.
        reviewed_only: leave out entries whose column Reviewed does not say "reviewed".
        evidence: see EvidenceFilter; residues of an annotation left out count as not annotated.
        groups: see ConceptNaming.
        amino_acids: whether each amino acid is a concept too.
    """

    lists_every_protein = True

    def __init__(
        self,
        *,
        path: str | Path | Sequence[str | Path],
        reviewed_only: bool,
        evidence: str | Sequence[str],
        groups: Mapping[str, Mapping[str, Sequence[str]]],
        amino_acids: bool,
    ) -> None:
        super().__init__(path=path, amino_acids=amino_acids)
        self._reviewed_only = reviewed_only
        self._evidence = EvidenceFilter(evidence)
        self._naming = ConceptNaming(groups)

    def _read(self) -> Iterator[Found]:
        """Every entry in file order; what was set aside of one comes before it."""
        tally = ColumnTally()
        for path in self.paths:
            for found in self._read_file(path, tally):
                if isinstance(found, AnnotatedProtein):
                    yield found
                else:
                    yield self._in_file(found, path)
            tally.check_readable(path)
        if tally.n_of_other_evidence and not tally.n_taken:
            raise self._evidence.nothing_left(str(self), tally.n_of_other_evidence)

    def _read_file(self, path: Path, tally: ColumnTally) -> Iterator[Found]:
        columns: list[FeatureColumn] | None = None
        unread = UnreadColumns(())
        lines = self._lines(path)
        entries = read_entries(path, lines, reviewed_only=self._reviewed_only, names=_NAMES)
        for row, record in entries:
            if columns is None and row:
                columns = _columns(path, row)
                yield from absent_columns(columns)
                unread = UnreadColumns(row)
            yield from unread.in_row(row)
            if isinstance(record, Rejected):
                yield RejectedAnnotation(
                    accession=record.accession,
                    field=record.field,
                    reason=record.reason,
                    piece="the whole entry",
                    line=record.line,
                )
            else:
                yield from self._entry(row, record, columns or [], tally)

    def _entry(
        self,
        row: dict[str, str],
        record: ProteinRecord,
        columns: list[FeatureColumn],
        tally: ColumnTally,
    ) -> Iterator[Found]:
        spans: list[ConceptSpan] = []
        for column in columns:
            text = row[column.column].strip()
            if not text:
                continue
            features = list(parse_features(text))
            tally.count(column, features, record)
            for found in features:
                place, remark = self._place(column, found, len(record.sequence), tally)
                if remark:
                    yield _rejected(record, column.column, found.piece, remark)
                if place is not None and isinstance(found, Feature):
                    spans += self._spans(record.accession, column, found, place)
        labels = {name: parse(row.get(name, "")) for name, parse in LABELS.items()}
        for name, values in labels.items():
            if row.get(name, "").strip() and not values:
                yield _rejected(record, name, row[name], "there is no name in it")
        yield AnnotatedProtein(
            accession=record.accession,
            sequence=record.sequence,
            name=record.description,
            spans=tuple(spans),
            labels={name: values for name, values in labels.items() if values},
            alphafold=bool(row.get("AlphaFoldDB", "").strip()),
            line=record.line,
        )

    def _place(
        self,
        column: FeatureColumn,
        found: Feature | Unreadable,
        n_residues: int,
        tally: ColumnTally,
    ) -> tuple[tuple[int, int] | None, str]:
        """Start and stop of what is taken of an annotation, and what is to be said of it."""
        if isinstance(found, Unreadable):
            return None, found.reason
        if found.key != column.key:
            return None, f"{found.key} does not belong here: the column holds {column.key}"
        if not self._evidence.accepts(_evidence_of(found)):
            tally.n_of_other_evidence += 1
            return None, self._evidence.complaint
        tally.n_taken += 1
        place = parse_location(found.location)
        if isinstance(place, str):
            return None, place
        return clip(place, n_residues, ends_only=column.ends_only)

    def _spans(
        self, accession: str, column: FeatureColumn, feature: Feature, place: tuple[int, int]
    ) -> Iterator[ConceptSpan]:
        start, stop = place
        note, evidence = note_of(column, feature), _evidence_of(feature)
        for concept in self._naming.concepts(column, feature):
            self._learn(concept)
            yield ConceptSpan(
                accession=accession,
                concept=concept.name,
                start=start,
                stop=stop,
                ends_only=column.ends_only,
                note=note,
                evidence=evidence,
            )


def _evidence_of(feature: Feature) -> tuple[str, ...]:
    return tuple(filter(None, feature.qualifier("evidence").split(", ")))


def _columns(path: Path, row: dict[str, str]) -> list[FeatureColumn]:
    present = [column for column in COLUMNS if column.column in row]
    if not present:
        raise MalformedInput(
            f"{path} has no column of annotations such as {COLUMNS[0].column!r}: add them to the "
            "export from UniProtKB."
        )
    return present


def _rejected(record: ProteinRecord, field: str, piece: str, reason: str) -> RejectedAnnotation:
    return RejectedAnnotation(
        accession=record.accession, field=field, reason=reason, piece=piece, line=record.line
    )
