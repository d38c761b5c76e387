"""What stands around every page: heading, navigation, and the layouts for assets/page.js."""

import json
from collections.abc import Sequence

from interplm.explorer.context import Explorers
from interplm.explorer.pages.page import Page
from interplm.explorer.render.markup import escape


def frame(pages: Sequence[Page], explorers: Explorers) -> str:
    """The heading and the place of the page; the browser fills it from the address."""
    links = "".join(
        f'<a href="{page.path or "."}" data-page="{page.path}">{page.name}</a>'
        for page in pages
        if page.in_navigation
    )
    return (
        '<ip-root><a class="ip-skip" href="#ip-page">Skip to the content</a>'
        '<header class="ip-header"><a class="ip-brand" href=".">InterPLM</a>'
        f'<nav aria-label="Pages">{links}</nav>{_runs(explorers)}'
        '<button type="button" class="ip-mode" aria-label="Light or dark">◐</button></header>'
        '<div class="ip-page" id="ip-page" tabindex="-1"></div></ip-root>'
    )


def layouts(pages: Sequence[Page]) -> str:
    """A script with name and layout of every page by its path."""
    known = {page.path: {"name": page.name, "layout": page.html()} for page in pages}
    # A closing tag inside a script would end it.
    text = json.dumps(known).replace("</", "<\\/")
    return f"window.ipPages = {text};"


def _runs(explorers: Explorers) -> str:
    """Which run is shown; a choice where there are several."""
    if len(explorers) == 1:
        return f'<span class="ip-run">{escape(explorers.first.title())}</span>'
    options = "".join(
        f'<option value="{escape(name)}">{escape(title)}</option>'
        for name, title in explorers.titles.items()
    )
    return (
        '<label class="ip-run ip-field"><span class="ip-unseen">PLM, layer and SAE</span>'
        f'<select data-entry="run" data-default="{escape(explorers.first.name)}">{options}'
        "</select></label>"
    )
