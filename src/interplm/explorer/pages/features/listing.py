"""The list of features, searched, sorted and paged by the database."""

from dataclasses import asdict, replace

from interplm.explorer.context import Explorer
from interplm.explorer.evidence import strength_html
from interplm.explorer.pages.features.nothing import nothing_found, of_no_concept
from interplm.explorer.render.csv_text import csv_text
from interplm.explorer.render.help import help_mark
from interplm.explorer.render.markup import data, escape, feature_link, fraction, percent, signed
from interplm.explorer.render.pager import pager
from interplm.features.database.search import SORTS, FeatureQuery, FoundFeature

# Heading and what the (?) beside it explains.
_COLUMNS = {
    "feature": ("Feature", ""),
    "label": ("Label", ""),
    "strength": ("Evidence", "evidence"),
    "average_precision": ("AP", "AP"),
    "margin": ("Margin", "margin"),
    "f1": ("F1", "F1"),
    "f1_residue": ("F1 by residue", "F1 by residue"),
    "density": ("Density", "density"),
    "pattern": ("Pattern", "pattern"),
}
_TEXTS = ("feature", "label", "strength", "pattern")
# More rows than any SAE has features.
_ALL_ROWS = 10_000_000


def features_table(explorer: Explorer, query: FeatureQuery, page: int) -> str:
    """One page of the list as HTML; a page beyond the last shows the last."""
    n_rows = explorer.n_rows
    rows, total = explorer.reader.find(query, limit=n_rows, offset=max(0, page) * n_rows)
    why = ""
    if not total and not query.proteins and query.words:
        # Where no concept has the words, proteins may.
        why = of_no_concept(explorer, query)
        query = replace(query, proteins=True)
        rows, total = explorer.reader.find(query, limit=n_rows, offset=max(0, page) * n_rows)
    if not total:
        return nothing_found(explorer, query)
    last = (total - 1) // n_rows
    if page > last:
        page = last
        rows, _ = explorer.reader.find(query, limit=n_rows, offset=last * n_rows)
    head = "".join(_heading(column, query) for column in _COLUMNS)
    body = "".join(_row(row, strength_html(explorer, row.feature)) for row in rows)
    return (
        f'{why}<div class="ip-bar-row"><span class="ip-count" role="status">{total:,} features'
        "</span>"
        f'<span class="ip-quiet">of {explorer.reader.n_features:,}</span>'
        f"{_by_proteins(query)}{_save(query)}{pager(page, last)}</div>"
        '<div class="ip-scroll" tabindex="0"><table class="ip-table ip-features">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f'<div class="ip-bar-row">{pager(page, last, name="Pages, below the list")}</div>'
    )


def features_csv(explorer: Explorer, query: FeatureQuery) -> str:
    """Every row that fits, as CSV text in full precision."""
    rows, _ = explorer.reader.find(query, limit=_ALL_ROWS)
    header = list(FoundFeature.__dataclass_fields__)
    return csv_text(header, [[getattr(row, name) for name in header] for row in rows])


def _by_proteins(query: FeatureQuery) -> str:
    """Whether strong proteins were searched too."""
    if not query.words:
        return ""
    if query.proteins:
        return "<span class='ip-quiet'>by concept, or by their strongest proteins</span>"
    more = data({"proteins": "1", "page": None})
    return (
        f'<span class="ip-save"><button type="button" data-go="{more}">'
        "Search the strongest proteins too</button></span>"
    )


def _save(query: FeatureQuery) -> str:
    return (
        '<span class="ip-save"><button type="button" data-api="features_csv" '
        f'data-args="{data({"query": asdict(query)})}" data-file="features.csv">All rows as CSV'
        "</button></span>"
    )


def _heading(column: str, query: FeatureQuery) -> str:
    is_sorted = column == query.sort
    state = f' aria-sort="{_direction(query)}"' if is_sorted else ""
    arrow = (" ↓" if query.descending else " ↑") if is_sorted else ""
    kind = "" if column in _TEXTS else ' class="ip-number"'
    title, term = _COLUMNS[column]
    if column not in SORTS:
        return f'<th scope="col"{kind}>{title}{help_mark(term)}</th>'
    return (
        f'<th scope="col"{kind}{state}><button type="button" class="ip-sort" '
        f'data-go="{data(_turned(column, query))}">{title}{arrow}</button>'
        f"{help_mark(term) if term else ''}</th>"
    )


def _direction(query: FeatureQuery) -> str:
    return "descending" if query.descending else "ascending"


def _turned(column: str, query: FeatureQuery) -> dict[str, str | None]:
    """The address sorted by a column; asked for again, the other way round."""
    descending = not query.descending if column == query.sort else column not in _TEXTS
    return {"sort": column, "order": None if descending else "ascending", "page": None}


def _row(row: FoundFeature, strength: str) -> str:
    precision = row.average_precision
    meter = ""
    if precision is not None:
        meter = f'<span class="ip-meter" style="--v:{precision:.3f}"></span>'
    return (
        f"<tr><td>{feature_link(row.feature)}</td><td>{_label(row)}</td><td>{strength}</td>"
        f'<td class="ip-number">{meter} {fraction(precision)}</td>'
        f'<td class="ip-number">{signed(row.margin)}</td>'
        f'<td class="ip-number">{fraction(row.f1)}</td>'
        f'<td class="ip-number">{fraction(row.f1_residue)}</td>'
        f'<td class="ip-number">{percent(row.density)}</td>'
        f"<td>{escape(row.pattern)}</td></tr>"
    )


def _label(row: FoundFeature) -> str:
    """The label, and why the feature is listed where the label does not say it."""
    label = escape(row.label) if row.label else '<span class="ip-quiet">no name yet</span>'
    if row.protein is not None:
        return f"{label}<small>fires on {escape(row.protein)}</small>"
    if row.concept is not None and row.concept != row.label:
        return f"{label}<small>the figures are for {escape(row.concept)}</small>"
    return label
