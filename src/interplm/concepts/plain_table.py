"""Annotations from a plain table."""

from collections.abc import Iterator

from interplm.concepts.positions_file import Instance, PositionsFile, fields_of, place_of
from interplm.concepts.spans import ConceptSpan, RejectedAnnotation
from interplm.errors import MalformedInput
from interplm.proteins.text import numbered_lines

_NEEDED = ("accession", "start", "end", "concept")
_OPTIONAL = ("kind", "evidence", "note")


class PlainTableSource(PositionsFile):
    """Tab-separated values with a header: accession, start, end, concept [, kind, evidence, note].

    Residues are numbered from 1 and `end` is the last one. Columns may come in any order and
    others are left alone; several pieces of evidence are separated by commas. Empty lines and
    those that begin with `#` are skipped.
    """

    def _instances(self) -> Iterator[Instance | RejectedAnnotation]:
        columns: list[str] | None = None
        for number, line in numbered_lines(self.path):
            if not line.strip() or line.startswith("#"):
                continue
            if columns is None:
                columns = self._header(number, line)
                continue
            values = fields_of(
                self.path, number, line, at_least=len(columns), columns=", ".join(columns)
            )
            yield self._instance(number, dict(zip(columns, values, strict=False)))

    def _header(self, number: int, line: str) -> list[str]:
        columns = [name.strip().lower() for name in line.split("\t")]
        missing = [name for name in _NEEDED if name not in columns]
        if missing:
            raise MalformedInput(
                f"{self.path}, line {number}: the header lacks {', '.join(missing)}; it must name "
                f"the tab-separated columns {', '.join(_NEEDED)} and may name "
                f"{', '.join(_OPTIONAL)}."
            )
        return columns

    def _instance(self, number: int, row: dict[str, str]) -> Instance:
        if not (row["accession"] and row["concept"]):
            raise MalformedInput(
                f"{self.path}, line {number}: accession and concept must not be empty."
            )
        start, stop = place_of(self.path, number, row["start"], row["end"], first=1)
        evidence = (item.strip() for item in row.get("evidence", "").split(","))
        span = ConceptSpan(
            accession=row["accession"],
            concept=row["concept"],
            start=start,
            stop=stop,
            note=row.get("note", ""),
            evidence=tuple(filter(None, evidence)),
        )
        return Instance(span=span, kind=row.get("kind", ""), line=number)
