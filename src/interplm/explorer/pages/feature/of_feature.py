"""Parts of the feature page: each is given the feature that the address names."""

from collections.abc import Callable

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.page import Show
from interplm.explorer.render.markup import message
from interplm.features.database.records import Feature


def of_feature(show: Callable[[Explorer, Feature, Address], str]) -> Show:
    """A part for the feature that the address names; nothing where there is none."""

    def shown(explorer: Explorer, address: Address) -> str:
        feature = named_feature(explorer, address)
        return "" if feature is None else show(explorer, feature, address)

    return shown


def named_feature(explorer: Explorer, address: Address) -> Feature | None:
    """The feature that the address names, if there is one of that number."""
    number = address.number("feature")
    return None if number is None else explorer.reader.feature(number)


def no_feature(explorer: Explorer) -> str:
    """What to say where a link names no feature."""
    return "<h1>No such feature</h1>" + message(
        f"There is no such feature: numbers go from 0 to {explorer.reader.n_features - 1:,}. "
        "Look for one under Features."
    )
