"""What a list of features is asked for: by its address, or by a JSON object of the API."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.features.database.records import PATTERNS
from interplm.features.database.search import SORTS, FeatureQuery

DENSITIES = {
    "any density": (0.0, 1.0),
    "below 0.01 %": (0.0, 1e-4),
    "0.01 – 0.1 %": (1e-4, 1e-3),
    "0.1 – 1 %": (1e-3, 1e-2),
    "1 – 10 %": (1e-2, 0.1),
    "above 10 %": (0.1, 1.0),
}


# On the map and in addresses; in a query it has no name.
NO_CONCEPT = "no concept"


def feature_query(address: Address) -> FeatureQuery:
    """What the address asks for; what it leaves out is no condition."""
    least, most = DENSITIES[address.choice("density", list(DENSITIES))]
    return FeatureQuery(
        text=address.text("q", longest=200),
        concept=address.text("concept"),
        category=address.text("category"),
        pattern=address.text("pattern"),
        min_average_precision=address.share("ap"),
        min_density=least,
        max_density=most,
        area=_area(address.text("area")),
        families=_families(address.text("families", longest=2000)),
        proteins=address.has("proteins"),
        amino_acids=address.has("amino"),
        sort=address.choice("sort", list(SORTS)),
        descending=address.choice("order", ["descending", "ascending"]) == "descending",
    )


def query_from_json(explorer: Explorer, values: dict[str, Any]) -> FeatureQuery:
    """A query from a JSON object (hence Any); a concept may be given by an alias.

    Raises:
        UserError: for an entry that is no condition, or of another type, or names what there is
            not.
    """
    known = set(FeatureQuery.__dataclass_fields__)
    unknown = sorted(set(values) - known)
    if unknown:
        raise UserError(f"{unknown[0]} is not a condition; there are {', '.join(sorted(known))}.")
    query = FeatureQuery(**values)
    _check("category", query.category, {row.category for row in explorer.reader.concepts})
    _check("pattern", query.pattern, PATTERNS)
    if not query.concept:
        return query
    return replace(query, concept=explorer.known_concept(query.concept).concept)


def _check(name: str, given: str, known: Collection[str]) -> None:
    if given and given not in known:
        raise UserError(f"There is no {name} {given[:60]!r}; there are {', '.join(sorted(known))}.")


def _families(text: str) -> tuple[str, ...]:
    names = text.split("|") if text else ()
    return tuple("" if name == NO_CONCEPT else name for name in names)


def _area(text: str) -> tuple[float, ...]:
    try:
        corners = tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError:
        return ()
    return corners if len(corners) == 4 else ()
