"""The Features page."""

from typing import Any

import gradio as gr

from interplm.explorer.context import Explorer
from interplm.explorer.pages.features.listing import (
    DENSITIES,
    feature_query,
    features_table,
    resorted,
)
from interplm.explorer.pages.frame import CLICKS, DIRECT, html, sentence
from interplm.features.database.records import PATTERNS
from interplm.features.database.search import FeatureQuery

_START = {"sort": "f1", "descending": True, "page": 0}


def features_page(explorer: Explorer, page: gr.Blocks) -> None:
    """Controls above, the list beneath; the order and the page are the session's own."""
    html('<h1 class="ip-alone">Features</h1>')
    concepts = [row.concept for row in explorer.reader.concepts]
    categories = sorted({row.category for row in explorer.reader.concepts})
    with gr.Row(elem_classes="ip-controls"):
        controls: list[Any] = [  # Gradio declares no common class with their events
            gr.Textbox(
                label="Search",
                placeholder="zinc finger, f/1503 …",
                max_length=200,
                min_width=220,
                scale=2,
            ),
            gr.Dropdown([("any concept", ""), *concepts], value="", label="Concept", min_width=180),
            gr.Dropdown([("any", ""), *categories], value="", label="Category", min_width=150),
            gr.Dropdown([("any", ""), *PATTERNS], value="", label="Pattern", min_width=120),
            gr.Dropdown(list(DENSITIES), value="any density", label="Density", min_width=140),
            gr.Slider(0, 1, value=0, step=0.05, label="F1 at least", min_width=160),
        ]
    shown = html(js_on_load=CLICKS, elem_id="features-list")
    state = gr.State(_START)

    @sentence
    def listed(query: FeatureQuery, page: int) -> str:
        return features_table(explorer, query, page)

    def filtered(order: dict[str, Any], *values: Any) -> tuple[str, dict[str, Any]]:
        order = order | {"page": 0}
        return listed(_query(order, values), 0), order

    def clicked(
        order: dict[str, Any], event: gr.EventData, *values: Any
    ) -> tuple[str, dict[str, Any]]:
        query = _query(order, values)
        marks = event._data or {}
        if "sort" in marks:
            query = resorted(query, str(marks["sort"]))
            order = {"sort": query.sort, "descending": query.descending, "page": 0}
        elif str(marks.get("page", "")).isdecimal():
            order = order | {"page": int(marks["page"])}
        return listed(query, order["page"]), order

    def opened(request: gr.Request) -> list[Any]:
        text = str(request.query_params.get("q", ""))
        concept = str(request.query_params.get("concept", ""))
        concept = concept if concept in concepts else ""
        query = feature_query(text, concept, "", "", "any density", 0, "f1", True)
        return [listed(query, 0), text, concept]

    inputs = [state, *controls]
    for control in controls:
        control.change(filtered, inputs, [shown, state], trigger_mode="always_last", **DIRECT)
    shown.select(clicked, inputs, [shown, state], **DIRECT)
    page.load(opened, None, [shown, *controls[:2]], **DIRECT)


def _query(order: dict[str, Any], values: tuple[Any, ...]) -> FeatureQuery:
    text, concept, category, pattern, density, min_f1 = values
    return feature_query(
        text, concept, category, pattern, density, min_f1, order["sort"], order["descending"]
    )
