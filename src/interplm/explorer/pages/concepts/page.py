"""The Concepts page."""

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.concepts.concept import concept_page
from interplm.explorer.pages.concepts.proteins import stored_verdicts
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.render.controls import choice, controls


def chooser(explorer: Explorer, address: Address) -> str:
    """Which concept to show."""
    names = [row.concept for row in explorer.reader.concepts]
    return controls(choice("concept", "Concept", {"": "all", **{name: name for name in names}}))


def concept(explorer: Explorer, address: Address) -> str:
    """The features of the concept in the address, or the list of all concepts."""
    return concept_page(explorer, address.text("concept") or None)


def verdicts(explorer: Explorer, address: Address) -> str:
    """The proteins that the concept's best feature finds, misses and adds."""
    return stored_verdicts(explorer, address.text("concept") or None)


CONCEPTS = Page(
    name="Concepts",
    path="concepts",
    layout="{chooser}{concept}{verdicts}",
    parts=(
        Part(name="chooser", show=chooser),
        Part(name="concept", needs=("concept",), show=concept),
        Part(name="verdicts", needs=("concept",), show=verdicts),
    ),
)
