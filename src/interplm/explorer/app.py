"""The pages of the explorer put together."""

from collections.abc import Callable

import gradio as gr

from interplm.explorer.address import Address
from interplm.explorer.api import add_api
from interplm.explorer.context import Explorer
from interplm.explorer.frame import frame
from interplm.explorer.pages import PAGES
from interplm.explorer.pages.page import sentence


def build_app(explorer: Explorer) -> gr.Blocks:
    """Every page of `PAGES` under its path, the first of them at the root, and the API."""
    with gr.Blocks(title="InterPLM", analytics_enabled=False) as app:
        _place(explorer)
        add_api(explorer)
        gr.api(parts_of(explorer), api_name="parts", api_visibility="undocumented", queue=False)
    for page in PAGES[1:]:
        with app.route(page.name, page.path, show_in_navbar=page.in_navigation):
            _place(explorer)
    return app


def parts_of(explorer: Explorer) -> Callable[[str, list[str], dict[str, str]], dict[str, str]]:
    """The endpoint that assets/page.js asks for what an address shows."""
    pages = {page.path: page for page in PAGES}

    def parts(page: str, names: list[str], address: dict[str, str]) -> dict[str, str]:
        """HTML of parts of a page, by name."""
        asked = [part for name in names if (part := pages[page].part(name)) is not None]
        shown = Address(address)
        return {part.name: sentence(part.show)(explorer, shown) for part in asked}

    return parts


def _place(explorer: Explorer) -> None:
    gr.Navbar(visible=False)
    gr.HTML(frame(PAGES, explorer.title()), apply_default_css=False, js_on_load=None)
