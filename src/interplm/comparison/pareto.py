"""L0 against what an SAE is good for, with the runs that no other one surpasses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from interplm.comparison.columns import COLUMNS
from interplm.comparison.rows import Value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_QUALITIES = (
    "explained_variance", "loss_recovered_masked", "mean_average_precision", "concepts_covered",
)  # fmt: skip


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


def with_front(rows: Sequence[Mapping[str, Value]]) -> list[dict[str, Value]]:
    """The rows, in which `front` says which are on that of L0 and explained variance."""
    known = [n for n, row in enumerate(rows) if _has(row, "explained_variance")]
    points = [(_number(rows[n]["l0"]), _number(rows[n]["explained_variance"])) for n in known]
    best = {known[n] for n in front(points)}
    return [{**row, "front": "yes" if n in best else None} for n, row in enumerate(rows)]


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
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    points = [(_number(row["l0"]), _number(row[quality])) for row in rows]
    best = front(points)
    axes.plot(*zip(*(points[n] for n in best), strict=True), color="0.6", zorder=1, label="front")
    for kind in dict.fromkeys(map(_kind, rows)):
        mine = [point for row, point in zip(rows, points, strict=True) if _kind(row) == kind]
        x, y = zip(*mine, strict=True)
        axes.scatter(x, y, s=25, label=kind, zorder=2)
    if min(l0 for l0, _ in points) > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    titles = {column.name: column.title for column in COLUMNS}
    axes.set_xlabel("L0: features that fire on a residue, mean")
    axes.set_ylabel(titles[quality])
    axes.legend(fontsize="small")
    return figure


def _has(row: Mapping[str, Value], quality: str) -> bool:
    return row.get("l0") is not None and row.get(quality) is not None


def _kind(row: Mapping[str, Value]) -> str:
    return f"{row.get('sae')}, {row.get('d_sae')}, layer {row.get('layer')}"


def _number(value: Value) -> float:
    assert isinstance(value, int | float)  # rows without are left out
    return float(value)
