"""Lines of files of annotations: what one says, why one says nothing, and which are none."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from interplm.concepts.spans import RejectedAnnotation
from interplm.proteins.tables import whole_number

# Two numbers side by side: a line that was made a comment, and not one that was written as such.
_ROW = re.compile(r"[\t,;][0-9]+[\t,;][0-9]+(?:[\t,;]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One line: where it is and what it says.

    Attributes:
        accession: of the protein.
        concept: name of the concept.
        place: first residue, 0-based, and one past the last.
        line: 1-based.
        kind: one of KINDS where the line states it, or "".
        category: of the concept where the line states it, or "".
        feature_type: what the file calls it, if that is not the name of the concept.
        note: the annotation's own words.
        evidence: such as "ECO:0000269|PubMed:15302536".
    """

    accession: str
    concept: str
    place: tuple[int, int]
    line: int
    kind: str = ""
    category: str = ""
    feature_type: str = ""
    note: str = ""
    evidence: tuple[str, ...] = ()


def place_of(start: str, end: str, *, first: int) -> tuple[int, int] | str:
    """Start and stop, 0-based and half-open, of two numbers in a file, or why they are no place.

    Args:
        start: first residue, counted from `first`.
        end: last residue counted from 1, which is one past it counted from 0.
        first: 1 or 0, what the file calls the first residue.
    """
    begin, stop = whole_number(start), whole_number(end)
    if begin is None or stop is None:
        return f"start and end must be whole numbers, got {start[:40]!r} and {end[:40]!r}"
    if not 0 <= begin - first < stop:
        return (
            f"{start} to {end} is not a place: residues are numbered from {first} and a place has "
            "at least one"
        )
    return begin - first, stop


def set_aside(
    line: int, piece: str, reason: str, *, accession: str = "", field: str = "line"
) -> RejectedAnnotation:
    """A line that cannot be used."""
    return RejectedAnnotation(
        accession=accession, field=field, reason=reason, piece=piece, line=line
    )


def is_row(line: str) -> bool:
    """Whether a line reads like a row of a file of annotations."""
    return _ROW.search(line) is not None


def without_comments(
    lines: Iterable[tuple[int, str]], commented: list[RejectedAnnotation]
) -> Iterator[tuple[int, str]]:
    """Lines that are neither empty nor begin with `#`.

    Args:
        lines: numbered.
        commented: gets the comments that read like a row of the file.
    """
    for number, line in lines:
        if line.startswith("#"):
            if is_row(line):
                commented.append(set_aside(number, line, "it begins with #, so it is a comment"))
        elif line.strip():
            yield number, line
