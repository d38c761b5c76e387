"""Annotations from a plain table."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from interplm.concepts.annotation_lines import (
    Instance,
    is_row,
    place_of,
    set_aside,
    without_comments,
)
from interplm.concepts.positions_file import PositionsFile
from interplm.concepts.spans import RejectedAnnotation
from interplm.errors import MalformedInput
from interplm.proteins.identifiers import name_in_cell, visible
from interplm.proteins.tables import NOTHING, Row, Table, delimiter_of, fields_of

_NEEDED = ("accession", "start", "end", "concept")
_OPTIONAL = ("kind", "category", "evidence", "note")


class PlainTableSource(PositionsFile):
    """A table with a header: accession, start, end, concept [, kind, category, evidence, note].

    Columns are separated by tabs, commas or semicolons and come in any order; others are named as
    not read. Residues are numbered from 1 and `end` is the last one; a kind `ends` says that only
    these two are meant, as of a bond. A category groups concepts. Several pieces of evidence are
    separated by commas. Empty lines and those that begin with `#` are skipped.
    """

    def _instances(self, path: Path) -> Iterator[Instance | RejectedAnnotation]:
        commented: list[RejectedAnnotation] = []
        lines = without_comments(_header_uncovered(self._lines(path)), commented)
        table = Table(lines, expected=(*_NEEDED, *_OPTIONAL), is_row=is_row)
        self._check_header(path, table)
        yield from _unread(table)
        for row in table.rows():
            yield from commented
            commented.clear()
            yield _instance(row, [name.lower() for name in table.columns])
        yield from commented

    def _check_header(self, path: Path, table: Table) -> None:
        names = [name.lower() for name in table.columns]
        missing = [name for name in _NEEDED if name not in names]
        if missing and table.line:
            raise MalformedInput(
                f"{path}, line {table.line}: the header lacks {', '.join(missing)}; it must name "
                f"the columns {', '.join(_NEEDED)}, separated by tabs, commas or semicolons, and "
                f"may name {', '.join(_OPTIONAL)}."
            )


def _header_uncovered(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines, of which a header written as a comment (`#accession`, `start`, …) becomes one."""
    is_header_to_come = True
    for number, line in lines:
        is_comment = line.startswith("#")
        if is_header_to_come and is_comment and _is_header(line.lstrip("# ")):
            line, is_comment = line.lstrip("# "), False
        is_header_to_come &= is_comment or not line.strip()
        yield number, line


def _is_header(line: str) -> bool:
    names = fields_of(line, delimiter_of(line, _NEEDED))
    return set(_NEEDED) <= {name.strip().lower() for name in names}


def _unread(table: Table) -> Iterator[RejectedAnnotation]:
    """Columns that are left alone: one may be a name that is misspelt."""
    for name in table.columns:
        if name and name.lower() not in (*_NEEDED, *_OPTIONAL):
            reason = f"the column is not read: those that may be are {', '.join(_OPTIONAL)}"
            yield set_aside(table.line, "", reason, field=name)


def _instance(row: Row, columns: list[str]) -> Instance | RejectedAnnotation:
    piece = "\t".join(row.fields)
    if len(row.fields) < len(columns):
        reason = (
            f"{len(row.fields)} fields, at least {len(columns)} are needed: {', '.join(columns)}"
        )
        return set_aside(row.line, piece, reason)
    values = (field.strip() for field in row.fields)
    cells = {
        name: "" if name in _OPTIONAL and value in NOTHING else value
        for name, value in zip(columns, values, strict=False)
    }
    accession, concept = name_in_cell(cells["accession"]), visible(cells["concept"])
    place = place_of(cells["start"], cells["end"], first=1)
    if not concept:
        reason = "the concept must not be empty"
        return set_aside(row.line, piece, reason, accession=accession, field=concept)
    if isinstance(place, str):
        return set_aside(row.line, piece, place, accession=accession, field=concept)
    evidence = (item.strip() for item in cells.get("evidence", "").split(","))
    return Instance(
        accession=accession,
        concept=concept,
        place=place,
        line=row.line,
        kind=cells.get("kind", "").lower(),
        category=visible(cells.get("category", "")),
        note=visible(cells.get("note", "")),
        evidence=tuple(filter(None, evidence)),
    )
