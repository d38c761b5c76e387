"""A page: a layout whose parts are each a function of the address."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer, Explorers
from interplm.explorer.render.markup import escape, message

log = logging.getLogger(__name__)

Show = Callable[[Explorer, Address], str]
ShowAll = Callable[[Explorers, Address], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a page that is drawn anew when what it shows changes.

    Attributes:
        name: in the layout.
        needs: entries of the address on which it depends, besides the run.
        show: its HTML, for the run of the address.
        show_all: instead of `show`, for one that shows several runs.
        waits: what stands in its place until it comes, for one that is slow and is therefore
            asked for on its own; "" for one that comes with the others.
    """

    name: str
    needs: tuple[str, ...] = ()
    show: Show | None = None
    show_all: ShowAll | None = None
    waits: str = ""

    def html(self, explorers: Explorers, address: Address) -> str:
        """What it shows, or a sentence where a user or a fault keeps it from that."""
        try:
            if self.show_all is not None:
                return self.show_all(explorers, address)
            return self.show(explorers.of(address), address) if self.show is not None else ""
        except UserError as error:
            return message(str(error), kind="error")
        except Exception:
            log.exception("A page of the explorer failed")
            return message(
                "Something went wrong on the server; its log says what. Try something else, or "
                "report it with that log.",
                kind="error",
            )

    def placeholder(self) -> str:
        """The element that assets/page.js fills."""
        needs = " ".join(("run", *self.needs))
        waits = f' data-waits="{escape(self.waits)}"' if self.waits else ""
        return f'<div data-part="{self.name}" data-needs="{needs}"{waits}></div>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page.

    Attributes:
        name: in the navigation and in the title.
        path: after the explorer's own address; "" is its first page.
        layout: HTML with the name of each part in braces.
        parts: of the page.
        in_navigation: whether the heading leads to it.
    """

    name: str
    path: str
    layout: str
    parts: tuple[Part, ...]
    in_navigation: bool = True

    def html(self) -> str:
        """The layout with an empty place for each part."""
        return self.layout.format(**{part.name: part.placeholder() for part in self.parts})

    def part(self, name: str) -> Part | None:
        """The part of that name."""
        return next((part for part in self.parts if part.name == name), None)
