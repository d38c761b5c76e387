"""Mean average precision by layer, of SAEs and of what they are compared with.

python experiments/antibodies/layers.py --out docs/images/antibodies_layers.svg <run> ...

Each run is a finished and scored one; of several on one layer with one architecture, which differ
in their seed, the mean is drawn, and the range in a bar.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import yaml
from matplotlib.figure import Figure

from interplm.features.database.writer import open_database
from interplm.features.encoding.names import NAMES, SAE
from interplm.features.report.figures import COLOURS

QUERY = """
    SELECT baseline, avg(mean_average_precision) AS found, any_value(mean_chance) AS chance
    FROM representations GROUP BY baseline
"""
OF_THE_RUN = ("explained_variance", "l0", "dead_percent")
MARKS = {"topk": "o", "relu": "s"}


def row(run: Path) -> dict[str, object]:
    """Figures of one run, with a column for each representation."""
    config = yaml.safe_load((run / "config.yaml").read_text())
    result = yaml.safe_load((run / "result.yaml").read_text())
    connection = open_database(run / "score" / "features.duckdb", n_threads=2, memory_limit="512MB")
    found = connection.execute(QUERY).df().set_index("baseline")
    connection.close()
    name = config["model"]["sae"]["_target_"].rpartition(".")[2]
    of_the_run = {name: result[name] for name in OF_THE_RUN}
    return {
        "layer": config["data"]["layer"],
        "architecture": name.removesuffix("SAE").lower(),
        "seed": config["seed"],
        "chance": found["chance"].max(),
        **of_the_run,
        **found["found"].to_dict(),
    }


def markdown(rows: pd.DataFrame) -> str:
    """The table, as in the README."""
    shown = [name for name in NAMES if name in rows.columns]
    names = ["layer", "seed", "L0", "explained variance", "dead, %", *(NAMES[n] for n in shown)]
    lines = ["| " + " | ".join(["SAE", *names]) + " |", "|---" * (len(names) + 1) + "|"]
    for _, run in rows.iterrows():
        figures = [f"{run.l0:.1f}", f"{run.explained_variance:.3f}", f"{run.dead_percent:.1f}"]
        values = ["" if pd.isna(run[name]) else f"{run[name]:.3f}" for name in shown]
        words = [run.architecture, str(run.layer), str(run.seed), *figures, *values]
        lines.append("| " + " | ".join(words) + " |")
    return "\n".join(lines)


def draw(figure: Figure, rows: pd.DataFrame) -> None:
    """A line for each architecture, and one for each baseline of the first of them."""
    axes = figure.subplots()
    for architecture, runs in rows.groupby("architecture"):
        of_layer = runs.groupby("layer")[SAE]
        mean, low, high = of_layer.mean(), of_layer.min(), of_layer.max()
        axes.errorbar(
            mean.index, mean, yerr=[mean - low, high - mean], color=COLOURS[SAE], capsize=3,
            marker=MARKS.get(str(architecture), "o"), label=f"SAE, {architecture}",
            linestyle="-" if architecture == "topk" else "--",
        )  # fmt: skip
    for name in NAMES:
        if name != SAE and name in rows.columns:
            mean = rows.groupby("layer")[name].mean().dropna()
            axes.plot(mean.index, mean, color=COLOURS[name], marker=".", label=NAMES[name])
    axes.axhline(rows["chance"].mean(), color="#333333", linestyle=":", label="chance")
    axes.set(xlabel="layer of AntiBERTy", ylabel="mean average precision", ylim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True, help=".svg or .png")
    given = parser.parse_args()
    rows = pd.DataFrame([row(run) for run in given.runs])
    rows = rows.sort_values(["architecture", "layer", "seed"], ascending=[False, True, True])
    print(markdown(rows))
    with mpl.rc_context({"svg.hashsalt": "interplm", "font.size": 9}):
        figure = Figure(figsize=(7, 3.6), layout="constrained")
        draw(figure, rows)
        figure.savefig(given.out, metadata={"Date": None} if given.out.suffix == ".svg" else None)


if __name__ == "__main__":
    main()
