"""Pictures of the report, as SVG that takes its ink from the page: light and dark."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from interplm.features.encoding.names import NAMES, PROBE, SAE
from interplm.features.report.headline import Headline

# Stand-ins that become the page's own colours.
_INK, _LINE = "#010203", "#040506"
_STAND_INS = {_INK: "var(--ink)", _LINE: "var(--line)"}
# After Okabe & Ito (2008): told apart by colour-blind readers, on white and on black.
COLOURS = {
    SAE: "#2b8cc4",
    "random_sae": "#8c8c8c",
    "neurons": "#e69f00",
    "pca": "#009e73",
    "shuffled_plm": "#d55e00",
    "untrained_plm": "#cc79a7",
    PROBE: "#b8a900",
}
_FAMILIES = ("#2b8cc4", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900")
_NO_FAMILY = "#9a9a9a"
_STYLE: Any = {  # matplotlib's stubs want a literal of each of its settings
    "svg.fonttype": "none",
    "svg.hashsalt": "interplm",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _LINE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _LINE,
    "grid.linewidth": 0.5,
    "xtick.color": _LINE,
    "ytick.color": _LINE,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "legend.frameon": False,
}


def headline_bars(rows: Sequence[Headline]) -> str:
    """Mean average precision beside chance, with intervals, and concepts covered."""
    sae = rows[0].seeds[0]
    titles = [row.title for row in rows]
    colours = [COLOURS.get(row.name, _NO_FAMILY) for row in rows]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(11, 0.9 + 0.36 * len(rows)), layout="constrained")
        precision, instances, residues = figure.subplots(
            1, 3, sharey=True, gridspec_kw={"width_ratios": (2, 1, 1)}
        )
        means = [row.mean("mean_average_precision") for row in rows]
        intervals = [row.interval() for row in rows]
        # A percentile interval may leave its own mean out.
        reach = [
            (max(0.0, mean - low), max(0.0, high - mean))
            for mean, (low, high) in zip(means, intervals, strict=True)
        ]
        precision.barh(titles, means, color=colours, height=0.64)
        precision.errorbar(
            means, titles, xerr=np.array(reach).T, fmt="none", ecolor=_INK, elinewidth=1, capsize=3
        )
        for title, mean, (_, high) in zip(titles, means, intervals, strict=True):
            precision.text(max(mean, high) + 0.015, title, f"{mean:.2f}", va="center")
        precision.axvline(sae.mean_chance, color=_INK, linewidth=1, linestyle=(0, (2, 3)))
        _bare(precision, "mean average precision; dashed: chance", 1.1)
        for axes, measure, title in (
            (instances, "n_covered", "concepts covered, by instance"),
            (residues, "n_covered_residue", "by residue"),
        ):
            counts = [row.mean(measure) for row in rows]
            bars = axes.barh(titles, counts, color=colours, height=0.64)
            axes.bar_label(bars, labels=[row.text(measure, 0) for row in rows], padding=4)
            _bare(axes, title, 1.6 * max(1.0, *counts))
        precision.invert_yaxis()
    return _svg(figure, "Mean average precision and concepts covered, by representation")


def precision_curves(average_precision: Mapping[str, NDArray[np.floating]]) -> str:
    """How many concepts each representation detects, against the average precision asked for.

    Args:
        average_precision: of the best pair of each concept on test proteins, by representation.
    """
    grid = np.linspace(0, 1, 101)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.4, 3.2), layout="constrained")
        axes = figure.subplots()
        for name, values in average_precision.items():
            axes.plot(
                grid,
                (values[:, None] > grid).sum(axis=0),
                color=COLOURS.get(name, _NO_FAMILY),
                linewidth=1.8,
                linestyle=(0, (4, 2)) if name == PROBE else "solid",
                label=NAMES.get(name, name),
            )
        _labelled(axes, "average precision on test proteins above", "concepts")
        axes.set(xlim=(0, 1), ylim=(0, None))
        if average_precision:
            axes.legend(fontsize=8, loc="best")
    return _svg(figure, "Number of concepts whose best pair passes an average precision")


def validation_against_test(validation: NDArray[np.floating], test: NDArray[np.floating]) -> str:
    """Average precision of the SAE's pairs where they were chosen, and where measured."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.4, 3.2), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.scatter(
            validation, test, s=9, color=COLOURS[SAE], alpha=0.5, linewidths=0, rasterized=True
        )
        _labelled(axes, "average precision on validation proteins", "on test proteins")
        axes.set(xlim=(0, 1), ylim=(0, 1))
    return _svg(figure, "Average precision of the SAE's pairs on validation and on test proteins")


def density_histogram(density: NDArray[np.floating], *, dense_above: float) -> str:
    """How often features fire; those that are silent are named beside it."""
    alive = density[density > 0]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.4, 3.2), layout="constrained")
        axes = figure.subplots()
        if len(alive):
            axes.hist(np.log10(alive), bins=40, color=COLOURS[SAE], linewidth=0)
        axes.axvline(np.log10(dense_above), color=_INK, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.xaxis.set_major_formatter(lambda x, _: f"{10.0**x:.3g}")
        _labelled(axes, "share of the residues on which it fires", "features")
    return _svg(figure, "Histogram of feature densities")


def feature_map_figure(
    x: NDArray[np.floating], y: NDArray[np.floating], families: Sequence[str | None]
) -> str:
    """All features on their map, coloured by the family of their concept."""
    named = [family for family in families if family is not None]
    shown = sorted(set(named), key=lambda family: (-named.count(family), family))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(11, 5), layout="constrained")
        axes = figure.subplots()
        labels = np.array([family if family is not None else "" for family in families])
        shades = (*_FAMILIES, *[_NO_FAMILY] * len(shown))
        groups = [("", _NO_FAMILY), *zip(shown, shades, strict=False)]
        for family, colour in groups:
            chosen = labels == family
            axes.scatter(
                x[chosen], y[chosen], s=7, color=colour, linewidths=0, rasterized=True,
                alpha=0.35 if not family else 0.9, label=family or "no concept",
            )  # fmt: skip
        axes.set_axis_off()
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8, markerscale=2)
    return _svg(figure, "Map of all features by decoder direction")


def _bare(axes: Axes, title: str, right: float) -> None:
    """A panel of bars that carry their own figures."""
    axes.set_title(title, loc="left", fontsize=9)
    axes.set_xlim(0, right)
    axes.grid(visible=False)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)


def _labelled(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.tick_params(length=0)


def _svg(figure: Figure, description: str) -> str:
    """The figure as an element of a page, as wide as the page lets it be."""
    text = io.StringIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(text, format="svg", transparent=True, dpi=160, metadata={"Date": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    for stand_in, colour in _STAND_INS.items():
        svg = svg.replace(stand_in, colour)
    width = re.search(r'width="([\d.]+)pt"', svg)
    widest = f"{float(width[1]) * 4 / 3:.0f}px" if width else "100%"
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", svg, count=1)
    svg = re.sub(r'<svg ([^>]*?)height="[^"]*"', r"<svg \1", svg, count=1)
    return svg.replace(
        "<svg ", f'<svg role="img" aria-label="{description}" style="max-width: {widest}" ', 1
    )
