"""Mean average precision by kind of concept, of the SAE and of all that it is compared with.

python experiments/antibodies/figure.py --out docs/images/antibodies.svg \
    "held-out sequences=<run>/score/features.duckdb" "held-out V genes=<score>/features.duckdb"

Each panel is a finished scoring: its title and its feature database. The same figures are printed
as tables.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interplm.features.database.writer import open_database
from interplm.features.encoding.names import NAMES, PROBE, SAE, baseline_of
from interplm.features.report.figures import COLOURS

# What holds for a position of every chain first, and what only some chains have after it.
KINDS = (
    "Region", "Conserved residue", "Mutation", "N addition", "V family", "V gene", "D gene",
    "J gene",
)  # fmt: skip
ALL = "All concepts"
QUERY = """
    SELECT p.representation, c.category, c.concept, c.prevalence, p.average_precision
    FROM pairs p JOIN concepts c USING (concept)
    WHERE p.best_by_average_precision AND c.role = 'annotation'
"""


def average_precisions(database: Path) -> pd.DataFrame:
    """A row for each concept: its kind, chance, and a column for each representation."""
    connection = open_database(database, n_threads=2, memory_limit="512MB")
    found = connection.execute(QUERY).df()
    # Features that tie as the best of a concept give one figure, and so do the seeds of a baseline.
    keys = ["concept", "category", "prevalence"]
    tied = found.groupby([*keys, "representation"], as_index=False)["average_precision"].mean()
    tied["representation"] = tied["representation"].map(baseline_of)
    table = tied.pivot_table(index=keys, columns="representation", values="average_precision")
    return table.reset_index()


def by_kind(concepts: pd.DataFrame) -> pd.DataFrame:
    """Means over the concepts of each kind, and over all, with how many there are."""
    shown = [name for name in NAMES if name in concepts.columns]
    means = concepts.groupby("category")[["prevalence", *shown]].mean()
    means["n"] = concepts.groupby("category").size()
    means.loc[ALL] = [*concepts[["prevalence", *shown]].mean(), len(concepts)]
    return means.loc[[kind for kind in (ALL, *KINDS) if kind in means.index]]


def markdown(means: pd.DataFrame) -> str:
    """The table, as in the README; the best of each row, the ceiling apart, is bold."""
    shown = [name for name in NAMES if name in means.columns]
    lines = [
        "| | concepts | chance | " + " | ".join(NAMES[name] for name in shown) + " |",
        "|---" * (3 + len(shown)) + "|",
    ]
    for kind, row in means.iterrows():
        best = max(row[name] for name in shown if name != PROBE)
        cells = [f"**{row[n]:.3f}**" if row[n] == best else f"{row[n]:.3f}" for n in shown]
        lines.append(f"| {kind} | {row.n:.0f} | {row.prevalence:.3f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(axes: Axes, title: str, means: pd.DataFrame) -> None:
    """A line for each kind of concept, a mark for each representation."""
    # A kind has the same place in every panel; what a split leaves out is a gap.
    order = [ALL, *KINDS]
    places = [-order.index(str(kind)) - 0.5 * (kind != ALL) for kind in means.index]
    shown = [name for name in NAMES if name in means.columns]
    for place, (_, row) in zip(places, means.iterrows(), strict=True):
        values = [row[name] for name in shown]
        axes.plot([min(values), max(values)], [place, place], color="#d9d9d9", zorder=1)
    axes.scatter(means["prevalence"], places, marker="|", s=90, color="#333333", label="chance")
    for name in shown:
        axes.scatter(
            means[name], places, color="none" if name == PROBE else COLOURS[name],
            edgecolors=COLOURS[name], s=110 if name == SAE else 45, label=NAMES[name],
            zorder=3 if name == SAE else 2,
        )  # fmt: skip
    labels = [f"{kind} ({row.n:.0f})" for kind, row in means.iterrows()]
    axes.set_yticks(places, labels)
    axes.set(
        xlim=(0, 1.02), ylim=(-len(KINDS) - 1, 0.5), xlabel="mean average precision on test chains"
    )
    axes.set_title(title, loc="left")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("panels", nargs="+", help="title=database")
    parser.add_argument("--out", type=Path, required=True, help=".svg or .png")
    given = parser.parse_args()
    panels = [panel.partition("=") for panel in given.panels]
    with mpl.rc_context({"svg.hashsalt": "interplm", "font.size": 9}):
        figure = Figure(figsize=(1.5 + 4.2 * len(panels), 4.4), layout="constrained")
        drawn = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (title, _, database) in zip(drawn, panels, strict=True):
            means = by_kind(average_precisions(Path(database)))
            print(f"\n{title}\n\n{markdown(means)}")
            draw(axes, title, means)
        handles, labels = drawn[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
        figure.savefig(given.out, metadata={"Date": None} if given.out.suffix == ".svg" else None)


if __name__ == "__main__":
    main()
