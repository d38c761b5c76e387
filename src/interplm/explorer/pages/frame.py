"""What all pages share: the heading, events without a queue, errors as sentences."""

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec

import gradio as gr

from interplm.errors import UserError
from interplm.explorer.context import Explorer
from interplm.explorer.render.markup import escape, message

log = logging.getLogger(__name__)

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        name: in the navigation.
        path: after the explorer's own address; "" is its first page.
        build: adds its components and events to the Blocks that it is given.
        in_navigation: whether the heading leads to it.
    """

    name: str
    path: str
    build: Callable[[Explorer, gr.Blocks], None]
    in_navigation: bool = True


# Answers are short: a queue would only add a second request to each. Only `api.py` is public.
DIRECT: dict[str, Any] = {
    "queue": False,
    "show_progress": "hidden",
    "api_visibility": "private",
}
# Clicks on marked buttons inside HTML become Gradio events that carry their marks.
CLICKS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-pick],[data-sort],[data-page]');
  if (button && !button.disabled) trigger('select', {...button.dataset});
});
"""


def heading(pages: Sequence[Page], active: Page, title: str) -> None:
    """Name, navigation and what this explorer shows."""
    gr.Navbar(visible=False)
    links = "".join(
        f'<a href="{page.path or "."}"{" aria-current=page" if page is active else ""}>'
        f"{page.name}</a>"
        for page in pages
        if page.in_navigation
    )
    html(
        f'<header class="ip-header"><a class="ip-brand" href=".">InterPLM</a>'
        f'<nav aria-label="pages of the explorer">{links}</nav><span>{escape(title)}</span>'
        '<button type="button" class="ip-mode" aria-label="light or dark">◐</button></header>'
    )


def html(value: str = "", **settings: Any) -> gr.HTML:  # Any: Gradio's own settings
    """HTML without Gradio's own look."""
    return gr.HTML(
        value, apply_default_css=False, js_on_load=settings.pop("js_on_load", None), **settings
    )


def sentence(function: Callable[P, str]) -> Callable[P, str]:
    """Show what a user can mend in place of the content; log the rest and say where it is."""

    @functools.wraps(function)
    def shown(*args: P.args, **kwargs: P.kwargs) -> str:
        try:
            return function(*args, **kwargs)
        except UserError as error:
            return message(str(error), kind="error")
        except Exception:
            log.exception("A page of the explorer failed")
            return message(
                "Something went wrong on the server; its log says what. Try something else, or "
                "report it with that log.",
                kind="error",
            )

    return shown
