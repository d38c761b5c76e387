"""The report of a scored SAE: one HTML file that needs nothing else, Markdown, and tables."""

from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from interplm.features.database.reader import FeatureReader
from interplm.features.database.writer import open_database
from interplm.features.evidence import CONSTANT_SHOWN_ABOVE, F1_FLOOR, STRENGTHS
from interplm.features.report.data import ReportData, read_report_data
from interplm.features.report.figures import (
    density_histogram,
    feature_map_figure,
    headline_bars,
    precision_curves,
    validation_against_test,
)
from interplm.features.report.headline import MEASURES, Headline, headlines, sentences
from interplm.files.atomic import written_aside
from interplm.metrics.functional.feature_density import DENSE_THRESHOLD

# Small enough for a spreadsheet, and without lists in their cells.
EXPORTED = {
    "features": "* EXCLUDE (histogram)",
    "concepts": "* REPLACE (array_to_string(aliases, '; ') AS aliases)",
    "rare_concepts": "*",
    "representations": "*",
    "differences": "*",
    "pairs": "*",
    "scores": "*",
    "verdicts": "*",
    "enrichment": "*",
}


def write_report(database: Path, folder: Path) -> Path:
    """Write `report.html`, `report.md` and `tables/` from a feature database.

    Args:
        database: `features.duckdb`.
        folder: made if needed; an earlier report is replaced.

    Returns:
        Path of the HTML report.
    """
    rows = read_headlines(database)
    with open_database(database) as connection:
        data = read_report_data(connection, rows)
    environment = _environment()
    values = _values(data)
    for name in ("report.md", "report.html"):
        text = environment.get_template(f"{name}.j2").render(values)
        with written_aside(folder / name) as partial:
            partial.write_text(text, encoding="utf-8")
    export_tables(database, folder / "tables")
    return folder / "report.html"


def read_headlines(database: Path) -> list[Headline]:
    """The figures that come first, of a feature database."""
    reader = FeatureReader(database)
    try:
        return headlines(reader.summaries.values(), reader.differences)
    finally:
        reader.close()


def export_tables(database: Path, folder: Path) -> None:
    """Write tables of a feature database as CSV and Parquet."""
    with open_database(database, reaches_files=True) as connection:
        for table, columns in EXPORTED.items():
            rows = connection.sql(f"SELECT {columns} FROM {table}")
            with written_aside(folder / f"{table}.csv") as partial:
                rows.write_csv(str(partial))
            with written_aside(folder / f"{table}.parquet") as partial:
                rows.write_parquet(str(partial))


def _values(data: ReportData) -> dict[str, Any]:
    """What the templates show, by name; Any: numbers, texts and rows."""
    meta, sae = data.meta, data.rows[0].seeds[0]
    dataset = meta["dataset"]
    return {
        "data": data,
        "sae": sae,
        "floor": F1_FLOOR,
        "constant_shown_above": CONSTANT_SHOWN_ABOVE,
        "title": f"{meta['plm']} layer {meta['layer']}: {len(data.features):,} features",
        "subtitle": (
            f"{meta['architecture']} SAE, scored on {dataset['n_proteins']:,} proteins of "
            f"{dataset['name']}, {meta['created'][:10]}"
        ),
        "n_residues": dataset["n_residues"],
        "tiles": _tiles(data),
        "measures": MEASURES,
        "sentences": sentences(data.rows),
        "strengths": [(STRENGTHS.get(name, name), name, n) for name, n in data.strengths],
        "behind": [line for line in data.concepts if (line.pair.margin or 0) < 0],
        "figures": _pictures(data),
        "method": [(name, meta[key]) for key, name in _METHOD.items() if key in meta],
        "rejected": sorted(meta.get("rejected", {}).items(), key=lambda item: (-item[1], item[0])),
    }


def _tiles(data: ReportData) -> list[tuple[str, str]]:
    """What each figure is, and the figure."""
    sae = data.rows[0].seeds[0]
    beside = ", ".join(
        f"{row.title} {row.mean('mean_average_precision'):.2f}" for row in data.rows[1:]
    )
    precision = "mean average precision over distinct concepts" + (f" ({beside})" if beside else "")
    return [
        (precision, f"{sae.mean_average_precision:.2f}"),
        ("of it is chance", f"{sae.mean_chance:.2g}"),
        (f"of {sae.n_concepts:,} concepts covered, by instance", f"{sae.n_covered:,}"),
        ("covered by residue", f"{sae.n_covered_residue:,}"),
        (f"best pairs with q below 0.05, of {len(data.concepts):,}", f"{data.n_significant:,}"),
        ("features silent on the scored proteins", f"{data.n_silent:,}"),
        *_figures(data.meta["figures"]),
    ]


_METHOD = {
    "annotations": "Annotations",
    "split": "Split",
    "protocol": "Protocol",
    "thresholds": "Thresholds",
    "null": "Chance",
    "stability": "Other seeds",
}


def _figures(figures: dict[str, float]) -> list[tuple[str, str]]:
    """Those of training that the run has."""
    shown = {"explained_variance": "explained variance", "l0": "features fire on a residue"}
    return [(text, f"{figures[name]:.3g}") for name, text in shown.items() if name in figures]


def _pictures(data: ReportData) -> dict[str, Markup]:
    features, pairs, precision = data.features, data.pairs, data.average_precision
    pictures = {
        "bars": headline_bars(data.rows),
        "curves": precision_curves(
            {row.name: precision[row.name].to_numpy() for row in data.rows if row.name in precision}
        ),
        "transfer": validation_against_test(
            pairs.average_precision_validation.to_numpy(), pairs.average_precision.to_numpy()
        ),
        "density": density_histogram(features.density.to_numpy(), dense_above=DENSE_THRESHOLD),
        "map": feature_map_figure(
            features.x.to_numpy(), features.y.to_numpy(), _texts(features.family)
        ),
    }
    return {name: Markup(svg) for name, svg in pictures.items()}


def _texts(column: pd.Series) -> list[str | None]:
    return [str(value) if pd.notna(value) else None for value in column]


def _environment() -> jinja2.Environment:
    # Names of concepts come from files of other people: they are text, never markup.
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("interplm.features.report"),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["figure"] = _figure
    environment.filters["thousands"] = lambda n: f"{n:,}"
    environment.filters["percent"] = lambda share: f"{100 * share:.0f} %"
    environment.filters["signed"] = lambda x: "–" if x is None else f"{x:+.2f}"
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    return environment


def _figure(value: float | None) -> str:
    """Two significant digits, three from 0.1 on; a dash for what is not known."""
    if value is None or not np.isfinite(value):
        return "–"
    return f"{value:.2f}" if 0.1 <= value < 100 else f"{value:.2g}"
