r"""Rows of tables that other programs wrote: tabs, commas or semicolons, quoted or not.

UniProtKB does not quote: `"` is a character there, as in `ACT_SITE 4; /note="Nucleophile"`. pandas,
Excel and LibreOffice put such a field into quotes and double the inner ones, R writes `\"` for
them. Each row is taken for what it is: only a quoted field both begins and ends with a quote.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

# Lines are bounded where they are read. The module's own limit, 131,072 letters, is too small for
# the annotations of a long protein.
csv.field_size_limit(2**31 - 1)

# How programs write that there is nothing in a cell.
NOTHING = frozenset(("NA", "N/A", "NaN", "nan", "None", "null", "NULL", "<NA>", "."))
_DELIMITERS = "\t,;|"
# Excel tells itself the delimiter by such a first line.
_DECLARED = re.compile(r'"?sep=(.)"?')
# Lines that one quoted field may go on for.
_LONGEST_FIELD = 1000
_NUMBER = re.compile(r"([0-9]{1,9})(?:\.0+)?")

IsRow = Callable[[str], bool]


def _never(line: str) -> bool:
    return False


class Row(NamedTuple):
    """Number of the line on which a row begins, and its fields."""

    line: int
    fields: list[str]


class Table:
    """Header and rows of a table.

    Args:
        lines: numbered, as `numbered_lines` gives them; empty ones are left out.
        expected: names that the header has if it is one; they tell the delimiter.
        is_row: see split_rows.

    Attributes:
        line: of the header; 0 in an empty table.
        columns: names in the header, white space around them taken away.
    """

    def __init__(
        self,
        lines: Iterable[tuple[int, str]],
        *,
        expected: Sequence[str],
        is_row: IsRow = _never,
    ) -> None:
        filled = ((number, line) for number, line in lines if line.strip())
        first = next(filled, (0, ""))
        declared = _DECLARED.fullmatch(first[1].strip())
        if declared:
            first = next(filled, (0, ""))
        delimiter = declared[1] if declared else delimiter_of(first[1], expected)
        self._rows = split_rows(chain([first], filled), delimiter, is_row=is_row)
        self._header = next(self._rows)
        self.line = self._header.line
        self.columns = [name.strip() for name in self._header.fields]

    def rows(self) -> Iterator[Row]:
        """Rows after the header, of whatever width; a repeated header is left out.

        Row names that R writes in a column without a name become one named "".
        """
        first = list(islice(self._rows, 1))
        if first and self.columns[:1] != [""] and len(first[0].fields) == len(self.columns) + 1:
            self.columns.insert(0, "")
        for row in chain(first, self._rows):
            if row.fields != self._header.fields:
                yield row

    def rows_without_header(self) -> Iterator[Row]:
        """All rows of a table whose first line is no header."""
        return chain([self._header] if self.line else [], self._rows)


def delimiter_of(header: str, expected: Sequence[str]) -> str:
    """The delimiter under which a header has most of the expected names, then most fields."""
    wanted = {name.lower() for name in expected}

    def fit(delimiter: str) -> tuple[int, int]:
        names = fields_of(header, delimiter)
        return len(wanted & {name.strip().lower() for name in names}), len(names)

    return max(_DELIMITERS, key=fit)


def fields_of(line: str, delimiter: str) -> list[str]:
    """Fields of one line, quotes around them taken away."""
    return next(split_rows([(0, line)], delimiter)).fields


def split_rows(
    lines: Iterable[tuple[int, str]], delimiter: str, *, is_row: IsRow = _never
) -> Iterator[Row]:
    """Rows of numbered lines; a quoted field may hold line ends.

    Args:
        lines: numbered.
        delimiter: between fields.
        is_row: of a line, whether a field cannot hold it; quotes that would make it do so are
            characters.
    """
    opening = f'{delimiter}"'
    remaining = iter(lines)
    while (numbered := next(remaining, None)) is not None:
        number, line = numbered
        if not line.startswith('"') and opening not in line:
            yield Row(number, line.split(delimiter))
            continue
        fields, unused = _unquoted(line, remaining, delimiter, is_row)
        remaining = chain(unused, remaining) if unused else remaining
        yield Row(number, line.split(delimiter) if fields is None else fields)


def _unquoted(
    line: str, remaining: Iterator[tuple[int, str]], delimiter: str, is_row: IsRow
) -> tuple[list[str] | None, list[tuple[int, str]]]:
    """Fields of a quoted row, or None; and the lines looked at that are not of it."""
    looked_at: list[tuple[int, str]] = []
    for escaped_quote in ('""', '\\"'):
        following = _Following(looked_at, remaining)
        pieces = (piece.replace(escaped_quote, '""') for piece in chain([line + "\n"], following))
        try:
            fields = next(csv.reader(pieces, delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        if not any(is_row(part) for field in fields for part in field.split("\n")[1:]):
            return fields, looked_at[following.n_used :]
    return None, looked_at


class _Following:
    """The lines after one, with their ends; those taken from the file are kept in a list.

    Args:
        looked_at: lines that were taken from the file before; added to.
        remaining: the file's other lines.
    """

    def __init__(
        self, looked_at: list[tuple[int, str]], remaining: Iterator[tuple[int, str]]
    ) -> None:
        self._looked_at = looked_at
        self._remaining = remaining
        self.n_used = 0

    def __iter__(self) -> Iterator[str]:
        while self.n_used < _LONGEST_FIELD:
            if self.n_used == len(self._looked_at):
                more = next(self._remaining, None)
                if more is None:
                    return
                self._looked_at.append(more)
            self.n_used += 1
            yield self._looked_at[self.n_used - 1][1] + "\n"


def whole_number(text: str) -> int | None:
    """A number of up to nine digits, also as pandas writes it in a column with gaps (`5.0`)."""
    match = _NUMBER.fullmatch(text.strip())
    return int(match[1]) if match else None
