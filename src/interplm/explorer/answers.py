"""What the browser asks for: parts of a page, as its address wants them."""

from collections.abc import Callable

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorers
from interplm.explorer.pages import PAGES


def parts_of(explorers: Explorers) -> Callable[[str, list[str], dict[str, str]], dict[str, str]]:
    """The endpoint that assets/page.js asks for what an address shows."""
    pages = {page.path: page for page in PAGES}

    def parts(page: str, names: list[str], address: dict[str, str]) -> dict[str, str]:
        """HTML of parts of a page, by name."""
        if page not in pages:
            raise UserError(f"There is no page {page[:40]!r}.")
        asked = [part for name in names if (part := pages[page].part(name)) is not None]
        shown = Address(address)
        return {part.name: part.html(explorers, shown) for part in asked}

    return parts
