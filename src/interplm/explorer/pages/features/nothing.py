"""Why a list of features is empty, and what to do next."""

from dataclasses import replace

from interplm.explorer.context import Explorer
from interplm.explorer.render.markup import concept_link, data, escape, feature_link, fraction
from interplm.features.database.records import RareConcept
from interplm.features.database.search import ConceptSought, FeatureQuery
from interplm.features.database.words import has_words

_MOST_RARE = 3


def nothing_found(explorer: Explorer, query: FeatureQuery) -> str:
    """A sentence for each cause: scored but not detected, too rare, unknown, other conditions."""
    sought = _sought(explorer, query)
    detected = {pair for one in sought for pair in _detecting(explorer, one.concept)}
    if sought and detected:
        said = f"Features detect {_named(sought)}, but none of them meets the other conditions."
        return _said(said + _without_others(query))
    if sought:
        return _said(" ".join(_undetected(one) for one in sought))
    rare = _rare(explorer, query)
    if rare:
        return _said(" ".join(map(_too_rare, rare)))
    if query.text.strip() and not _finds_alone(explorer, query):
        return _said(_unknown(explorer, query.text.strip()))
    return _said(f"No feature meets all these conditions.{_without_others(query)}")


def of_no_concept(explorer: Explorer, query: FeatureQuery) -> str:
    """Above features of proteins: why none is of a concept with the words, if there is one."""
    sought = _sought(explorer, query)
    said = [_undetected(one) for one in sought if not _detecting(explorer, one.concept)]
    said = said or [_too_rare(row) for row in _rare(explorer, query)]
    return _said(" ".join(said)) if said else ""


def _sought(explorer: Explorer, query: FeatureQuery) -> list[ConceptSought]:
    """Concepts that have all the words, whatever else is asked for."""
    return explorer.reader.sought(replace(query, concept="") if query.words else query)


def _finds_alone(explorer: Explorer, query: FeatureQuery) -> bool:
    """Whether the words, without other conditions, find a feature by anything."""
    _, total = explorer.reader.find(FeatureQuery(text=query.text, amino_acids=True), limit=1)
    return total > 0


def _detecting(explorer: Explorer, concept: str) -> list[int]:
    return [p.feature for p in explorer.reader.pairs(concept=concept) if p.representation == "sae"]


def _named(sought: list[ConceptSought]) -> str:
    return ", ".join(concept_link(one.concept) for one in sought)


def _undetected(one: ConceptSought) -> str:
    counted = f"{concept_link(one.concept)} is scored ({one.n_test:,} instances in test proteins)"
    if one.feature is None:
        return f"{counted}, but no feature detects it."
    best = f"the best, {feature_link(one.feature)}, has F1 {fraction(one.f1)}"
    return f"{counted}, but no feature detects it well enough to be named: {best}."


def _rare(explorer: Explorer, query: FeatureQuery) -> list[RareConcept]:
    """Concepts that have all the words, and are annotated too seldom to be scored."""
    if not query.words:
        return []
    found = [row for row in explorer.reader.rare_concepts if has_words(row, query.words)]
    return found[:_MOST_RARE]


def _too_rare(row: RareConcept) -> str:
    return (
        f"{escape(row.concept)} is annotated, but too rare to be scored: {row.n_domains:,} "
        f"instances in {row.n_proteins:,} proteins ({escape(row.reason)})."
    )


def _unknown(explorer: Explorer, text: str) -> str:
    guesses = explorer.near_concepts(text)
    guess = f" Did you mean {', '.join(map(concept_link, guesses))}?" if guesses else ""
    return (
        f"Nothing here has the words “{escape(text)}”: no concept, label, protein or number of a "
        "feature has all of them. The search knows concepts and their families, accessions, names "
        f"of proteins, and numbers such as f/15.{guess}"
    )


def _without_others(query: FeatureQuery) -> str:
    others = ["pattern", "density", "ap", "category", "area", "families", "page"]
    cleared = dict.fromkeys([*others, *(["concept"] if query.words else [])])
    return (
        f' <button type="button" class="ip-button" data-go="{data(cleared)}">'
        "Take these conditions away</button>"
    )


def _said(html: str) -> str:
    return f'<p class="ip-message ip-empty">{html}</p>'
