"""The Pareto panel as a Vega-Lite plot, which any viewer of Vega draws without wandb."""

from collections.abc import Mapping, Sequence
from typing import Any

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"


def pareto_plot(
    rows: Sequence[Mapping[str, Any]],
    best: Sequence[int],
    *,
    x: str,
    y: str,
    titles: Mapping[str, str],
) -> dict[str, Any]:
    """Runs as points, and a line through those of one PLM, layer and dataset that none surpasses.

    Args:
        rows: of the comparison, each with x and y; Any: plain values.
        best: numbers of the rows on the lines.
        x: column of the cost, drawn on a logarithmic axis where all are above 0.
        y: column of the quality.
        titles: of the axes, by column.

    Returns:
        A specification with its data in it; Any: what JSON can hold.
    """
    scale = {"type": "log" if all(row[x] > 0 for row in rows) else "linear"}
    encoding = {
        "x": {"field": x, "type": "quantitative", "title": titles[x], "scale": scale},
        "y": {"field": y, "type": "quantitative", "title": titles[y], "scale": {"zero": False}},
    }
    activations = ["plm", "layer", "dataset"]
    shown = ["run", x, y, "sae", "d_sae", *activations]
    values = [{name: row.get(name) for name in shown} for row in rows]
    points = {
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": encoding
        | {
            "color": {"field": "sae", "type": "nominal", "title": "SAE"},
            "tooltip": [{"field": name} for name in shown],
        },
    }
    front = {
        "data": {"values": [values[number] for number in best]},
        "mark": {"type": "line", "color": "#999999"},
        "encoding": encoding | {"detail": [{"field": name} for name in activations]},
    }
    return {"$schema": SCHEMA, "width": 480, "height": 320, "layer": [front, points]}
