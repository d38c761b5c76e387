"""The table as CSV and as Markdown."""

import csv
import io
from collections.abc import Mapping, Sequence

from interplm.comparison.columns import COLUMNS, Column
from interplm.comparison.rows import Value

Values = Mapping[str, Value]


def as_csv(rows: Sequence[Values]) -> str:
    """Every column, numbers in full, what was not measured empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in COLUMNS])
    for row in rows:
        writer.writerow([row.get(column.name) for column in COLUMNS])
    return text.getvalue()


def as_markdown(rows: Sequence[Values]) -> str:
    """The columns that have a value, numbers rounded."""
    columns = filled(rows)
    lines = [
        [column.title for column in columns],
        ["---:" if column.form else "---" for column in columns],
        *([shown(row.get(column.name), column).replace("|", r"\|") for column in columns]
          for row in rows),
    ]  # fmt: skip
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def filled(rows: Sequence[Values]) -> list[Column]:
    """Columns that some row has a value in."""
    return [column for column in COLUMNS if any(row.get(column.name) is not None for row in rows)]


def shown(value: Value, column: Column) -> str:
    """A value for a reader."""
    if value is None:
        return "–"
    return str(value) if isinstance(value, str) else format(value, column.form)
