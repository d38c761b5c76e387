"""Features: the list of all of them, searched, sorted and paged by the database."""

from dataclasses import asdict
from typing import Any

from interplm.errors import UserError
from interplm.explorer.context import Explorer
from interplm.explorer.render.csv_text import csv_text
from interplm.explorer.render.markup import (
    concept_link,
    data,
    escape,
    feature_link,
    fraction,
    message,
    percent,
)
from interplm.features.database.records import Feature
from interplm.features.database.search import FeatureQuery

DENSITIES = {
    "any density": (0.0, 1.0),
    "below 0.01 %": (0.0, 1e-4),
    "0.01 – 0.1 %": (1e-4, 1e-3),
    "0.1 – 1 %": (1e-3, 1e-2),
    "1 – 10 %": (1e-2, 0.1),
    "above 10 %": (0.1, 1.0),
}
_COLUMNS = {
    "feature": "Feature",
    "label": "Label",
    "f1": "F1",
    "density": "Density",
    "mean_activation": "Mean activation",
    "pattern": "Pattern",
}
_NUMERIC = ("f1", "density", "mean_activation")
CSV_HEADER = ("feature", "label", "concept", "family", "f1", "density", "mean_activation",
              "pattern")  # fmt: skip
# More rows than any SAE has features.
_ALL_ROWS = 10_000_000


def features_table(explorer: Explorer, query: FeatureQuery, page: int) -> str:
    """One page of the list as HTML; a page beyond the last shows the last."""
    n_rows = explorer.n_rows
    rows, total = explorer.reader.find(query, limit=n_rows, offset=max(0, page) * n_rows)
    last = max(0, (total - 1) // n_rows)
    if total and page > last:
        page = last
        rows, _ = explorer.reader.find(query, limit=n_rows, offset=last * n_rows)
    if not total:
        return message("No feature fits: take a condition away, or search for another word.")
    head = "".join(_heading(column, query) for column in _COLUMNS)
    body = "".join(map(_row, rows))
    return (
        f'<div class="ip-bar-row"><span class="ip-count">{total:,} features</span>'
        f'<button type="button" class="ip-save" data-api="features_csv" '
        f'data-args="{data([asdict(query)])}" data-file="features.csv">All rows as CSV</button>'
        f"{_pager(page, last)}</div>"
        '<div class="ip-scroll" tabindex="0"><table class="ip-table ip-features">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f'<div class="ip-bar-row">{_pager(page, last)}</div>'
    )


def features_csv(explorer: Explorer, query: FeatureQuery) -> str:
    """Every row that fits, as CSV text."""
    rows, _ = explorer.reader.find(query, limit=_ALL_ROWS)
    return csv_text(CSV_HEADER, [[getattr(row, name) for name in CSV_HEADER] for row in rows])


def query_from_json(values: dict[str, Any]) -> FeatureQuery:  # Any: as JSON gave them
    """A query from a JSON object; unknown entries are refused by name.

    Raises:
        UserError: for an entry that is no condition, or of another type.
    """
    known = set(FeatureQuery.__dataclass_fields__)
    unknown = sorted(set(values) - known)
    if unknown:
        raise UserError(f"{unknown[0]} is not a condition; there are {', '.join(sorted(known))}.")
    return FeatureQuery(**values)


def _heading(column: str, query: FeatureQuery) -> str:
    is_sorted = column == query.sort
    direction = "descending" if query.descending else "ascending"
    state = f' aria-sort="{direction}"' if is_sorted else ""
    arrow = (" ↓" if query.descending else " ↑") if is_sorted else ""
    kind = ' class="ip-number"' if column in _NUMERIC else ""
    return (
        f'<th scope="col"{kind}{state}><button type="button" '
        f'data-go="{data(_turned(column, query))}">{_COLUMNS[column]}{arrow}</button></th>'
    )


def _turned(column: str, query: FeatureQuery) -> dict[str, str | None]:
    """The address sorted by a column; asked for again, the other way round."""
    is_text = column in ("feature", "label", "pattern")
    descending = not query.descending if column == query.sort else not is_text
    return {"sort": column, "order": None if descending else "ascending", "page": None}


def _row(row: Feature) -> str:
    label = concept_link(row.label) if row.label and row.label == row.concept else (
        escape(row.label) if row.label else '<span class="ip-quiet">no concept</span>'
    )  # fmt: skip
    meter = (
        f'<span class="ip-meter" style="--v:{row.f1:.3f}"></span> {fraction(row.f1)}'
        if row.f1 is not None
        else "–"
    )
    return (
        f"<tr><td>{feature_link(row.feature)}</td><td>{label}</td>"
        f'<td class="ip-number">{meter}</td><td class="ip-number">{percent(row.density)}</td>'
        f'<td class="ip-number">{fraction(row.mean_activation)}</td>'
        f"<td>{escape(row.pattern)}</td></tr>"
    )


def _pager(page: int, last: int) -> str:
    def button(target: int, text: str, name: str) -> str:
        off = "" if 0 <= target <= last and target != page else " disabled"
        goes = data({"page": target + 1 if target > 0 else None})
        return f'<button type="button" data-go="{goes}" aria-label="{name}"{off}>{text}</button>'

    return (
        f'<nav class="ip-pager" aria-label="pages">{button(0, "«", "first page")}'
        f"{button(page - 1, '‹', 'previous page')}"
        f"<span>page {page + 1:,} of {last + 1:,}</span>"
        f"{button(page + 1, '›', 'next page')}{button(last, '»', 'last page')}</nav>"
    )
