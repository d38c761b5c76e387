"""Annotations from BED."""

import re
from collections.abc import Iterator
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
from interplm.proteins.identifiers import name_in_cell, visible
from interplm.proteins.tables import Row, split_rows, whole_number

# Of the twelve columns, the number of blocks.
_BLOCK_COUNT = 9
# Lines for the browser of UCSC, unless they are those of a protein called so.
_KEYWORD = re.compile(r"(?:track|browser)(?:\s|$)")


class BedSource(PositionsFile):
    """BED: accession, start, end, name; residues numbered from 0, end not included.

    Fields are separated by tabs, or by white space where there is no tab, and may be quoted. The
    name is the concept. Further columns are left alone, but a line that is divided into blocks is
    set aside: its whole range is not what it annotates. `track`, `browser` and `#` lines are
    skipped.
    """

    def _instances(self, path: Path) -> Iterator[Instance | RejectedAnnotation]:
        commented: list[RejectedAnnotation] = []
        lines = without_comments(self._lines(path), commented)
        for row in split_rows(lines, "\t", is_row=is_row):
            yield from commented
            commented.clear()
            fields = row.fields if len(row.fields) > 1 else row.fields[0].split()
            fields = [field.strip() for field in fields]
            if not _is_for_browser(fields):
                yield _instance(Row(row.line, fields))
        yield from commented


def _is_for_browser(fields: list[str]) -> bool:
    places = [whole_number(field) for field in fields[1:3]]
    is_row = len(places) == 2 and None not in places
    return not is_row and _KEYWORD.match(" ".join(fields)) is not None


def _instance(row: Row) -> Instance | RejectedAnnotation:
    fields, piece = row.fields, "\t".join(row.fields)
    if len(fields) < 4:
        needed = "accession, start, end, name"
        reason = f"{len(fields)} tab-separated fields, at least 4 are needed: {needed}"
        return set_aside(row.line, piece, reason)
    accession, concept = name_in_cell(fields[0]), visible(fields[3])
    place = place_of(fields[1], fields[2], first=0)
    if reason := _objection(fields, concept):
        return set_aside(row.line, piece, reason, accession=accession, field="name")
    if isinstance(place, str):
        return set_aside(row.line, piece, place, accession=accession, field=concept)
    return Instance(accession=accession, concept=concept, place=place, line=row.line)


def _objection(fields: list[str], concept: str) -> str:
    if len(fields) > _BLOCK_COUNT and fields[_BLOCK_COUNT] not in ("", "0", "1"):
        return "it is divided into blocks: give one line a block"
    return "no name" if concept in ("", ".") else ""
