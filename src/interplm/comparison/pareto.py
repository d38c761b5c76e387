"""L0 against what an SAE is good for, with the runs that no other one surpasses."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from interplm.comparison.columns import COLUMNS
from interplm.comparison.rows import Value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_QUALITIES = (
    "explained_variance", "loss_recovered_masked", "mean_average_precision", "concepts_covered",
)  # fmt: skip


# What says which activations a run is of: those of one layer are easier to explain than another's.
_ACTIVATIONS = ("plm", "layer", "dataset")


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Numbers of the points (cost, quality) that none is better than in both, the cheapest first.

    A point is left out where another one costs no more and is no worse, and is better in one.
    """
    order = sorted(range(len(points)), key=lambda n: (points[n][0], -points[n][1]))
    kept: list[int] = []
    for number in order:
        cheaper = points[kept[-1]] if kept else None
        if cheaper is None or points[number][1] > cheaper[1] or points[number] == cheaper:
            kept.append(number)
    return kept


def fronts(rows: Sequence[Mapping[str, Value]], quality: str) -> list[list[int]]:
    """The front of L0 and a quality for each set of activations, as numbers of rows.

    Args:
        rows: by name of the column.
        quality: name of its column; rows without are on no front.
    """
    groups: dict[tuple[Value, ...], list[int]] = {}
    for number, row in enumerate(rows):
        if _has(row, quality):
            groups.setdefault(tuple(map(row.get, _ACTIVATIONS)), []).append(number)
    return [
        [group[k] for k in front([_point(rows[number], quality) for number in group])]
        for group in groups.values()
    ]


def with_front(rows: Sequence[Mapping[str, Value]]) -> list[dict[str, Value]]:
    """The rows, in which `front` says which are on one of L0 and explained variance."""
    best = {number for line in fronts(rows, "explained_variance") for number in line}
    return [{**row, "front": "yes" if n in best else None} for n, row in enumerate(rows)]


def as_svg(figure: Figure) -> str:
    """The same text for the same figure, whenever it is drawn."""
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "interplm"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def pareto_figures(rows: Sequence[Mapping[str, Value]]) -> dict[str, Figure]:
    """One figure for each quality that two runs at least have, by name of its column."""
    figures: dict[str, Figure] = {}
    for quality in _QUALITIES:
        known = [row for row in rows if _has(row, quality)]
        if len(known) > 1:
            figures[quality] = _figure(known, quality)
    return figures


def _figure(rows: Sequence[Mapping[str, Value]], quality: str) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    points = [_point(row, quality) for row in rows]
    for line in fronts(rows, quality):
        axes.plot(*zip(*(points[n] for n in line), strict=True), color="0.6", zorder=1)
    axes.lines[0].set_label("front")
    kinds = _kinds(rows)
    for kind in dict.fromkeys(kinds):
        mine = [point for name, point in zip(kinds, points, strict=True) if name == kind]
        x, y = zip(*mine, strict=True)
        axes.scatter(x, y, s=25, label=kind, zorder=2)
    if min(l0 for l0, _ in points) > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    if all(value.is_integer() for _, value in points):  # a count
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    titles = {column.name: column.title for column in COLUMNS}
    axes.set_xlabel("L0: features that fire on a residue, mean")
    axes.set_ylabel(titles[quality])
    axes.legend(fontsize="small")
    return figure


def _has(row: Mapping[str, Value], quality: str) -> bool:
    return row.get("l0") is not None and row.get(quality) is not None


def _kinds(rows: Sequence[Mapping[str, Value]]) -> list[str]:
    """What each row is called in the legend; PLM and dataset only where they differ."""
    differ = [name for name in ("plm", "dataset") if len({row.get(name) for row in rows}) > 1]
    return [
        f"{', '.join(str(row.get(name)) for name in ('sae', 'd_sae', *differ))}, "
        f"layer {row.get('layer')}"
        for row in rows
    ]


def _point(row: Mapping[str, Value], quality: str) -> tuple[float, float]:
    return _number(row["l0"]), _number(row[quality])


def _number(value: Value) -> float:
    assert isinstance(value, int | float)  # rows without are left out
    return float(value)
