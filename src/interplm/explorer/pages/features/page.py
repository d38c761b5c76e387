"""The Features page."""

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.features.listing import features_table
from interplm.explorer.pages.features.query import DENSITIES, NO_CONCEPT, feature_query
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.render.controls import choice, controls, field, tick
from interplm.explorer.render.markup import data, escape
from interplm.features.database.records import PATTERNS
from interplm.features.database.search import FeatureQuery


def features_list(explorer: Explorer, address: Address) -> str:
    """One page of the features that fit."""
    return features_table(explorer, feature_query(address), (address.number("page") or 1) - 1)


def conditions(explorer: Explorer, address: Address) -> str:
    """The controls; what they are set to stands in the address."""
    concepts = [row.concept for row in explorer.reader.concepts]
    categories = sorted({row.category for row in explorer.reader.concepts})
    resets = "page proteins"
    return controls(
        field("q", "Search", hint="zinc finger, P25490, f/15 …", resets=resets),
        choice("concept", "Detects", {"": "any concept", **{c: c for c in concepts}},
               resets=resets),
        choice("category", "Kind of concept", {"": "any", **{c: c for c in categories}},
               resets=resets),
        choice("pattern", "Pattern", {"": "any", **{p: p for p in PATTERNS}}, resets=resets),
        choice("density", "Density", list(DENSITIES), resets=resets),
        field("ap", "AP at least", kind="number", hint="0", resets=resets,
              limits='min="0" max="1" step="0.05"'),
        tick("amino", "amino acids too", resets=resets),
        _framed(feature_query(address)),
    )  # fmt: skip


def _framed(query: FeatureQuery) -> str:
    """The frame that was dragged on the map and the families shown there, to be taken away."""
    if not (query.area or query.families):
        return ""
    families = ", ".join(family or NO_CONCEPT for family in query.families)
    text = f"in the frame on the map{f', of {families}' if families else ''}"
    goes = data(dict.fromkeys(("area", "families", "page")))
    return (
        f'<button type="button" class="ip-button" data-go="{goes}" '
        f'title="Take this condition away">{escape(text)} ×</button>'
    )


FEATURES = Page(
    name="Features",
    path="features",
    layout='<h1 class="ip-alone">Features</h1>{conditions}{list}',
    parts=(
        Part(name="conditions", needs=("area", "families"), show=conditions),
        Part(
            name="list",
            needs=(
                "q", "concept", "category", "pattern", "density", "ap", "amino", "area",
                "families", "proteins", "sort", "order", "page",
            ),
            show=features_list,
        ),
    ),
)  # fmt: skip
