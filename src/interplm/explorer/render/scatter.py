"""The map of all features, drawn on one canvas by assets/map.js."""

from collections.abc import Mapping, Sequence
from typing import Any

from interplm.explorer.render.markup import data, escape, message
from interplm.explorer.theme import NO_FAMILY, OTHER_FAMILY

# Places are whole numbers up to here: finer than a pixel of any screen.
_RESOLUTION = 4095


def map_points(columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The map as columns of small numbers, about 25 bytes a feature as JSON.

    Args:
        columns: feature, x, y, family, label, average_precision and density; Any, since texts
            may be None.

    Returns:
        feature; x and y, 0..4095; family and label, as index into `families` and `labels`, -1
        without one; average precision in percent, -1 without one; density to two digits.
    """
    placed = [
        index
        for index, (x, y) in enumerate(zip(columns["x"], columns["y"], strict=True))
        if x is not None and y is not None
    ]

    def taken(name: str) -> list[Any]:
        return [columns[name][index] for index in placed]

    families, family = _indexed(taken("family"))
    labels, label = _indexed(taken("label"))
    return {
        "feature": taken("feature"),
        "x": _scaled(taken("x")),
        "y": _scaled(taken("y")),
        "families": families,
        "family": family,
        "labels": labels,
        "label": label,
        "ap": [-1 if ap is None else round(100 * ap) for ap in taken("average_precision")],
        "density": [float(f"{density:.2g}") for density in taken("density")],
    }


def map_canvas(colours: Mapping[str, str], n_features: int, *, run: str = "") -> str:
    """The element that fetches the points and draws them; its legend is beneath."""
    if n_features == 0:
        return message("There is no feature to draw: the database holds none.")
    legend = {family: colour for family, colour in colours.items() if colour != OTHER_FAMILY}
    if len(legend) < len(colours):
        legend["other families"] = OTHER_FAMILY
    legend["no concept"] = NO_FAMILY
    return (
        f'<ip-map data-run="{escape(run)}" data-colours="{data(dict(colours))}" '
        f'data-legend="{data(legend)}" data-none="{NO_FAMILY}"></ip-map>'
    )


def _scaled(values: Sequence[float]) -> list[int]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    width = (high - low) or 1.0
    return [round(_RESOLUTION * (value - low) / width) for value in values]


def _indexed(values: Sequence[str | None]) -> tuple[list[str], list[int]]:
    names = sorted({value for value in values if value is not None})
    index = {name: number for number, name in enumerate(names)}
    return names, [-1 if value is None else index[value] for value in values]
