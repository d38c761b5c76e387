"""The table and the plots as one HTML file that needs nothing else."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from interplm.comparison.columns import Column
from interplm.comparison.text import Values, filled, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; text-align: left }
td.number, th.number { text-align: right }
.wide { overflow-x: auto }
figure { display: inline-block; margin: 1rem 1rem 0 0 }
"""


def as_html(rows: Sequence[Values], figures: Mapping[str, Figure]) -> str:
    """A whole page.

    Args:
        rows: by name of the column; text is escaped.
        figures: drawn below the table.
    """
    columns = filled(rows)
    head = "".join(
        f'<th{_class(column)} title="{escape(column.what)}">{escape(column.title)}</th>'
        for column in columns
    )
    body = "\n".join(f"<tr>{_cells(row, columns)}</tr>" for row in rows)
    notes = "".join(
        f"<dt>{escape(column.title)}</dt><dd>{escape(column.what)}</dd>" for column in columns
    )
    drawn = "\n".join(f"<figure>{_svg(figure)}</figure>" for figure in figures.values())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Runs compared</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{len(rows)} runs compared</h1>\n"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>'
        f"</div>\n{drawn}\n<h2>What the columns are</h2><dl>{notes}</dl>\n</body></html>\n"
    )


def _cells(row: Values, columns: Sequence[Column]) -> str:
    return "".join(
        f"<td{_class(column)}>{escape(shown(row.get(column.name), column))}</td>"
        for column in columns
    )


def _class(column: Column) -> str:
    return ' class="number"' if column.form else ""


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    drawing = text.getvalue()
    return drawing[drawing.index("<svg") :]
