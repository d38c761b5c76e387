"""The Features page."""

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.features.listing import DENSITIES, features_table
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.render.controls import choice, controls, field
from interplm.features.database.records import PATTERNS
from interplm.features.database.search import SORTS, FeatureQuery

_CONDITIONS = ("q", "concept", "category", "pattern", "density", "f1")


def feature_query(address: Address) -> FeatureQuery:
    """What the address asks for; what it leaves out is no condition."""
    least, most = DENSITIES[address.choice("density", list(DENSITIES))]
    sort = address.choice("sort", ["f1", *SORTS])
    return FeatureQuery(
        text=address.text("q", longest=200),
        concept=address.text("concept"),
        category=address.text("category"),
        pattern=address.text("pattern"),
        min_f1=address.share("f1"),
        min_density=least,
        max_density=most,
        sort=sort,
        descending=address.choice("order", ["descending", "ascending"]) == "descending",
    )


def features_list(explorer: Explorer, address: Address) -> str:
    """One page of the features that fit."""
    return features_table(explorer, feature_query(address), (address.number("page") or 1) - 1)


def conditions(explorer: Explorer, address: Address) -> str:
    """The controls; what they are set to stands in the address."""
    concepts = [row.concept for row in explorer.reader.concepts]
    categories = sorted({row.category for row in explorer.reader.concepts})
    resets = "page"
    return controls(
        field("q", "Search", hint="zinc finger, f/1503 …", resets=resets),
        choice("concept", "Concept", {"": "any", **dict(zip(concepts, concepts, strict=True))},
               resets=resets),
        choice("category", "Category",
               {"": "any", **dict(zip(categories, categories, strict=True))}, resets=resets),
        choice("pattern", "Pattern", {"": "any", **{p: p for p in PATTERNS}}, resets=resets),
        choice("density", "Density", list(DENSITIES), resets=resets),
        field("f1", "F1 at least", kind="number", hint="0", resets=resets,
              limits='min="0" max="1" step="0.05"'),
    )  # fmt: skip


FEATURES = Page(
    name="Features",
    path="features",
    layout='<h1 class="ip-alone">Features</h1>{conditions}{list}',
    parts=(
        Part(name="conditions", show=conditions),
        Part(name="list", needs=(*_CONDITIONS, "sort", "order", "page"), show=features_list),
    ),
)
