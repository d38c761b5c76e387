"""The Concepts page."""

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.concepts.concept import concept_head, concept_pairs
from interplm.explorer.pages.concepts.listing import concept_list
from interplm.explorer.pages.concepts.verdicts import verdicts
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.render.controls import choice, controls, field


def chooser(explorer: Explorer, address: Address) -> str:
    """Which concept to show."""
    names = [row.concept for row in explorer.reader.concepts if row.role != "control"]
    return controls(
        choice("concept", "Concept", {"": "all of them", **{name: name for name in names}},
               resets="page verdict q"),
        *([] if address.has("concept") else [field("q", "Search", hint="zinc, membrane …")]),
    )  # fmt: skip


def shown(explorer: Explorer, address: Address) -> str:
    """The concept in the address with its best features, or the list of all concepts."""
    if not address.has("concept"):
        return concept_list(explorer, address)
    return concept_head(explorer, address)


CONCEPTS = Page(
    name="Concepts",
    path="concepts",
    layout="{chooser}{concept}{verdicts}{pairs}",
    parts=(
        Part(name="chooser", needs=("concept",), show=chooser),
        Part(name="concept", needs=("concept", "q"), show=shown),
        Part(name="verdicts", needs=("concept", "verdict", "page"), show=verdicts),
        Part(name="pairs", needs=("concept",), show=concept_pairs),
    ),
)
