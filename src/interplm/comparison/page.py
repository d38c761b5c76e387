"""The table and the plots as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from interplm.comparison.columns import Column
from interplm.comparison.text import Values, filled, shown

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; text-align: left }
td.number, th.number { text-align: right }
.wide { overflow-x: auto }
figure { display: inline-block; margin: 1rem 1rem 0 0 }
td:first-child { overflow-wrap: anywhere; min-width: 16rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem }
dd { margin: 0 }
"""


def as_html(rows: Sequence[Values], drawings: Sequence[str], *, pruned: Mapping[str, int]) -> str:
    """A whole page.

    Args:
        rows: by name of the column; text is escaped.
        drawings: plots as SVG files, for below the table.
        pruned: step at which each run that is not in the table was ended early, by its name.
    """
    every = filled(rows)
    same = [column for column in every if _is_same(rows, column)]
    # What says nothing of the difference would push the figures out of the window.
    columns = [column for column in every if column not in same]
    head = "".join(
        f'<th{_class(column)} title="{escape(column.what)}">{escape(column.title)}</th>'
        for column in columns
    )
    body = "\n".join(f"<tr>{_cells(row, columns)}</tr>" for row in rows)
    notes = "".join(
        f"<dt>{escape(column.title)}</dt><dd>{escape(column.what)}</dd>" for column in every
    )
    drawn = "\n".join(
        f"<figure>{drawing[drawing.index('<svg') :]}</figure>" for drawing in drawings
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Runs compared</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{len(rows)} runs compared</h1>\n{_shared(rows, same)}"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>'
        f"</div>\n{_left_out(pruned)}{drawn}\n<h2>What the columns are</h2><dl>{notes}</dl>\n"
        "</body></html>\n"
    )


def _is_same(rows: Sequence[Values], column: Column) -> bool:
    """Whether several runs have one value."""
    return len(rows) > 1 and len({row.get(column.name) for row in rows}) == 1


def _shared(rows: Sequence[Values], columns: Sequence[Column]) -> str:
    if not columns:
        return ""
    values = (f"{column.title} {shown(rows[0].get(column.name), column)}" for column in columns)
    return f"<p>The same in all of them: {escape(', '.join(values))}.</p>\n"


def _left_out(pruned: Mapping[str, int]) -> str:
    if not pruned:
        return ""
    lines = "".join(f"<li>{escape(name)}, at step {step:,}</li>" for name, step in pruned.items())
    said = (
        "1 run was pruned and is" if len(pruned) == 1 else f"{len(pruned)} runs were pruned and are"
    )
    return f"<details><summary>{said} not in the table</summary><ul>{lines}</ul></details>\n"


def _cells(row: Values, columns: Sequence[Column]) -> str:
    return "".join(
        f"<td{_class(column)}>{_breakable(shown(row.get(column.name), column))}</td>"
        for column in columns
    )


def _breakable(text: str) -> str:
    """Names of runs are long words, which may be broken between their parts."""
    return escape(text).replace("_", "_<wbr>")


def _class(column: Column) -> str:
    return ' class="number"' if column.form else ""
