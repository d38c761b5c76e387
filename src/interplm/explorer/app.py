"""The pages of the explorer put together."""

import gradio as gr

from interplm.explorer.api import add_api
from interplm.explorer.context import Explorer
from interplm.explorer.frame import frame
from interplm.explorer.pages import PAGES


def build_app(explorer: Explorer) -> gr.Blocks:
    """Every page of `PAGES` under its path, the first of them at the root, and the API."""
    with gr.Blocks(title="InterPLM", analytics_enabled=False) as app:
        _place(explorer)
        add_api(explorer)
    for page in PAGES[1:]:
        with app.route(page.name, page.path, show_in_navbar=page.in_navigation):
            _place(explorer)
    return app


def _place(explorer: Explorer) -> None:
    gr.Navbar(visible=False)
    gr.HTML(frame(PAGES, explorer.title()), apply_default_css=False, js_on_load=None)
