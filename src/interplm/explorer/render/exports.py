"""Buttons that save what is shown: from the data, through the API, in full precision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from interplm.explorer.render.markup import data, escape


@dataclass(frozen=True, slots=True)
class Export:
    """One button.

    Attributes:
        kind: on the button, as CSV or SVG.
        endpoint: of the API that gives the file's text, or base64 of its bytes.
        arguments: of the endpoint, by name; Any: what JSON can hold.
        file: name of the file.
        canvas: whether the picture on the screen is taken instead, as of a structure that was
            turned by hand.
    """

    kind: str
    endpoint: str = ""
    arguments: Any = None
    file: str = ""
    canvas: bool = False


def exported(*exports: Export) -> str:
    """The buttons side by side."""
    return f'<span class="ip-saves">{"".join(map(_button, exports))}</span>'


def figure_exports(name: str, arguments: Any, file: str, *, run: str = "") -> Sequence[Export]:
    """A publication figure as SVG, PDF and PNG; see `interplm.explorer.figures`.

    Args:
        name: of the figure.
        arguments: of the figure, by name; Any: what JSON can hold.
        file: name of the file, without its ending.
        run: that it is of, where the page shows several; the one in the address without.
    """
    of_run = {"run": run} if run else {}
    return [
        Export(kind, "figure",
               {"name": name, "arguments": arguments, "kind": kind.lower(), **of_run},
               f"{file}.{kind.lower()}")
        for kind in ("SVG", "PDF", "PNG")
    ]  # fmt: skip


def table_export(name: str, arguments: Any, file: str) -> Export:
    """A table as CSV; see `interplm.explorer.tables`."""
    return Export("CSV", "table", {"name": name, "arguments": arguments}, f"{file}.csv")


def _button(export: Export) -> str:
    asks = (
        'data-canvas="1"'
        if export.canvas
        else f'data-api="{export.endpoint}" data-args="{data(export.arguments)}"'
    )
    return (
        f'<button type="button" {asks} data-file="{escape(export.file)}" '
        f'aria-label="Save as {escape(export.kind)}: {escape(export.file)}">'
        f"{escape(export.kind)}</button>"
    )
