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

from interplm.features.encoding.names import NAMES

# Stand-ins that become the page's own colours.
_INK, _LINE = "#010203", "#040506"
_STAND_INS = {_INK: "var(--ink)", _LINE: "var(--line)"}
# After Okabe & Ito (2008): told apart by colour-blind readers, on white and on black.
COLOURS = {
    "sae": "#2b8cc4",
    "neurons": "#e69f00",
    "pca": "#009e73",
    "random_sae": "#8c8c8c",
    "untrained_plm_sae": "#cc79a7",
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


def coverage_bars(counts: Mapping[str, tuple[int, int]]) -> str:
    """Features with a concept, and concepts covered, of each representation.

    Args:
        counts: representation to the two numbers, in the order of the bars.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(11, 0.6 + 0.36 * len(counts)), layout="constrained")
        axes = figure.subplots(1, 2, sharey=True)
        for index, (title, panel) in enumerate(
            zip(("features with a concept", "concepts covered"), axes, strict=True)
        ):
            values = [pair[index] for pair in counts.values()]
            bars = panel.barh(
                [NAMES.get(name, name) for name in counts],
                values,
                color=[COLOURS.get(name, _NO_FAMILY) for name in counts],
                height=0.64,
            )
            panel.bar_label(bars, labels=[f"{value:,}" for value in values], padding=4)
            panel.set_title(title, loc="left", fontsize=9)
            panel.set_xlim(0, 1.15 * max(1, *values))
            panel.grid(visible=False)
            panel.xaxis.set_visible(False)
            panel.spines["bottom"].set_visible(False)
            panel.tick_params(length=0)
        axes[0].invert_yaxis()
    return _svg(figure, "Features with a concept and concepts covered, by representation")


def coverage_curves(best_f1: Mapping[str, NDArray[np.floating]], *, floor: float) -> str:
    """How many concepts the best pair of each representation detects, against the F1 asked for.

    Args:
        best_f1: representation to the test F1 of its best pair for each concept.
        floor: F1 at which a concept counts as covered.
    """
    grid = np.linspace(0, 1, 101)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.4, 3.2), layout="constrained")
        axes = figure.subplots()
        for name, values in best_f1.items():
            axes.plot(
                grid,
                (values[:, None] > grid).sum(axis=0),
                color=COLOURS.get(name, _NO_FAMILY),
                linewidth=1.8,
                label=NAMES.get(name, name),
            )
        axes.axvline(floor, color=_INK, linewidth=0.8, linestyle=(0, (2, 3)))
        _labelled(axes, "F1 on test proteins above", "concepts")
        axes.set(xlim=(0, 1), ylim=(0, None))
        axes.legend(fontsize=8, loc="best")
    return _svg(figure, "Number of concepts whose best pair passes an F1, by representation")


def validation_against_test(f1_validation: NDArray[np.floating], f1: NDArray[np.floating]) -> str:
    """F1 of the SAE's pairs where they were chosen, and where they were measured."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.4, 3.2), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.scatter(
            f1_validation, f1, s=9, color=COLOURS["sae"], alpha=0.5, linewidths=0, rasterized=True
        )
        _labelled(axes, "F1 on validation proteins", "F1 on test proteins")
        axes.set(xlim=(0, 1), ylim=(0, 1))
    return _svg(figure, "F1 of the SAE's pairs on validation and on test proteins")


def density_histogram(density: NDArray[np.floating], *, dense_above: float) -> str:
    """How often features fire; those that never fire are named beside it."""
    alive = density[density > 0]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.4, 3.2), layout="constrained")
        axes = figure.subplots()
        if len(alive):
            axes.hist(np.log10(alive), bins=40, color=COLOURS["sae"], linewidth=0)
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
