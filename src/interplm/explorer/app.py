"""The pages of the explorer put together."""

from collections.abc import Sequence

import gradio as gr

from interplm.explorer.api import add_api
from interplm.explorer.context import Explorer, Explorers
from interplm.explorer.frame import frame
from interplm.explorer.pages import PAGES


def build_app(explorers: Sequence[Explorer]) -> gr.Blocks:
    """Every page of `PAGES` under its path, the first of them at the root, and the API.

    Args:
        explorers: one a run; the first is shown unless an address names another.
    """
    runs = Explorers(explorers)
    with gr.Blocks(title="InterPLM", analytics_enabled=False) as app:
        _place(runs)
        add_api(runs)
    for page in PAGES[1:]:
        with app.route(page.name, page.path, show_in_navbar=page.in_navigation):
            _place(runs)
    return app


def _place(explorers: Explorers) -> None:
    gr.Navbar(visible=False)
    gr.HTML(frame(PAGES, explorers), apply_default_css=False, js_on_load=None)
