"""The pages of the explorer put together."""

import gradio as gr

from interplm.explorer.api import add_api
from interplm.explorer.context import Explorer
from interplm.explorer.pages import PAGES
from interplm.explorer.pages.frame import heading


def build_app(explorer: Explorer) -> gr.Blocks:
    """Every page of `PAGES` under its path, the first of them at the root, and the API."""
    first, *others = PAGES
    with gr.Blocks(title="InterPLM", analytics_enabled=False) as app:
        heading(PAGES, first, explorer.title())
        first.build(explorer, app)
        add_api(explorer)
    for page in others:
        with app.route(page.name, page.path, show_in_navbar=page.in_navigation) as blocks:
            heading(PAGES, page, explorer.title())
            page.build(explorer, blocks)
    return app
