"""The report of a scored SAE: one HTML file that needs nothing else, Markdown, and tables."""

from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from interplm.features.database.writer import open_database
from interplm.features.encoding.names import NAMES
from interplm.features.report.data import F1_FLOOR, ReportData, read_report_data
from interplm.features.report.figures import (
    coverage_bars,
    coverage_curves,
    density_histogram,
    feature_map_figure,
    validation_against_test,
)
from interplm.files.atomic import written_aside
from interplm.metrics.feature_density import DENSE_THRESHOLD

# Small enough for a spreadsheet, and without lists in their cells.
EXPORTED = {
    "features": "* EXCLUDE (histogram)",
    "concepts": "*",
    "pairs": "*",
    "scores": "*",
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
    with open_database(database) as connection:
        data = read_report_data(connection)
    environment = _environment()
    values = _values(data)
    for name in ("report.md", "report.html"):
        text = environment.get_template(f"{name}.j2").render(values)
        with written_aside(folder / name) as partial:
            partial.write_text(text, encoding="utf-8")
    export_tables(database, folder / "tables")
    return folder / "report.html"


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
    meta, sae = data.meta, data.representations[0]
    neurons = [row for row in data.representations if row.name == "neurons"]
    beside = f" (neurons: {neurons[0].n_features:,})" if neurons else ""
    dataset = meta["dataset"]
    return {
        "data": data,
        "names": NAMES,
        "floor": F1_FLOOR,
        "title": f"{meta['plm']} layer {meta['layer']}: {len(data.features):,} features",
        "subtitle": (
            f"{meta['architecture']} SAE, scored on {dataset['n_proteins']:,} proteins of "
            f"{dataset['name']}, {meta['created'][:10]}"
        ),
        "n_residues": dataset["n_residues"],
        "tiles": [
            (f"features with a concept{beside}", f"{sae.n_features:,}"),
            (f"of {data.n_concepts:,} concepts covered", f"{sae.n_concepts:,}"),
            (f"of {len(data.pairs):,} pairs with q below 0.05", f"{data.n_significant:,}"),
            ("dead features", f"{100 * data.n_dead / len(data.features):.2g} %"),
            *_figures(meta["figures"]),
        ],
        "figures": _pictures(data),
        "method": [(name, meta[key]) for key, name in _METHOD.items() if key in meta],
        "rejected": sorted(meta.get("rejected", {}).items(), key=lambda item: (-item[1], item[0])),
    }


_METHOD = {
    "annotations": "Annotations",
    "split": "Split",
    "protocol": "Protocol",
    "thresholds": "Thresholds",
    "null": "Chance",
    "baselines": "Baselines",
    "coactivation": "Co-activation",
}


def _figures(figures: dict[str, float]) -> list[tuple[str, str]]:
    """Those of training that the run has."""
    shown = {"explained_variance": "explained variance", "l0": "features fire on a residue"}
    return [(text, f"{figures[name]:.3g}") for name, text in shown.items() if name in figures]


def _pictures(data: ReportData) -> dict[str, Markup]:
    features, pairs = data.features, data.pairs
    scores = {row.name: row.best_f1 for row in data.representations}
    pictures = {
        "bars": coverage_bars(
            {row.name: (row.n_features, row.n_concepts) for row in data.representations}
        ),
        "curves": coverage_curves(scores, floor=F1_FLOOR),
        "transfer": validation_against_test(pairs.f1_validation.to_numpy(), pairs.f1.to_numpy()),
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
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    return environment


def _figure(value: float | None) -> str:
    """Two significant digits, three from 0.1 on; a dash for what is not known."""
    if value is None or not np.isfinite(value):
        return "–"
    return f"{value:.2f}" if 0.1 <= value < 100 else f"{value:.2g}"
