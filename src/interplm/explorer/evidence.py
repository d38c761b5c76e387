"""The evidence of a pair in words and chips, as it stands beside a label."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interplm.explorer.context import Explorer
from interplm.explorer.render.chips import chip, chips
from interplm.explorer.render.markup import escape, fraction, number, percent
from interplm.features.database.records import ConceptRow, Feature, Pair
from interplm.features.encoding.names import SAE, baseline_of, display_name, is_baseline
from interplm.features.evidence import (
    CONSTANT_SHOWN_ABOVE,
    NOT_ABOVE_BASELINES,
    POSITION,
    STRENGTHS,
)

TONES = {
    "follows": "good", "marks": "", "hints": "weak", POSITION: "weak", NOT_ABOVE_BASELINES: "weak"
}  # fmt: skip


def evidence_chips(explorer: Explorer, feature: Feature, pair: Pair | None) -> str:
    """Instances found, residues covered, margin over the best baseline, q and n, and stability."""
    concept = explorer.concept(pair.concept) if pair is not None else None
    if pair is None or concept is None:
        return chips(
            chip(f"fires on {percent(feature.density)} of the residues", "density"),
            chip(feature.pattern, "pattern"),
            _stability(feature),
        )
    of_domains = "instances" if concept.kind == "domain" else "sites"
    return chips(
        chip(
            f"finds {pair.n_found:,} of {concept.n_domains_test:,} {of_domains} "
            f"above {fraction(pair.threshold)}",
            "finds",
        ),
        chip(
            f"covers {percent(pair.recall_residue)} of their residues "
            f"above {fraction(pair.threshold_residue)}",
            "covers",
        ),
        chip(
            _precision_text(explorer, pair, concept),
            "AP",
            tone=TONES.get(feature.strength or "", ""),
        ),
        chip(f"F1 by residue {fraction(pair.f1_residue)}", "F1 by residue"),
        chip(_constant(pair, concept)) if concept.f1_constant > CONSTANT_SHOWN_ABOVE else "",
        chip(f"q {number(pair.q_value)}", "q") if pair.q_value is not None else "",
        chip("position alone explains it", "position", tone="weak")
        if pair.position_explains
        else "",
        _stability(feature),
        chip(f"{feature.pattern}, {percent(feature.density)}", "density"),
    )


def evidence_sentence(feature: Feature, pair: Pair | None, pairs: Sequence[Pair]) -> str:
    """How far the label may be believed, in one sentence.

    Args:
        feature: its row.
        pair: that gives it its label, if one does.
        pairs: all of it.
    """
    if feature.is_silent:
        return "It never fires on the scored proteins, so nothing can be said of it."
    if pair is None:
        if pairs:
            return "What it detects, on the right, is not close enough to name it."
        return "No annotation explains it; the proteins below may."
    said = STRENGTHS.get(feature.strength or "", "")
    return f"A hypothesis: on test proteins the feature {said}." if said else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideConcept:
    """How well a baseline detects a concept on test proteins.

    Attributes:
        name: as people read it, with the number of seeds where there are several.
        average_precision: the mean over its seeds; one that finds nothing ranks as chance does.
    """

    name: str
    average_precision: float


def best_baseline(explorer: Explorer, concept: ConceptRow) -> BesideConcept | None:
    """The baseline that margins of a concept are taken over; None where none was scored."""
    chosen = {
        pair.representation: pair.average_precision
        for pair in explorer.reader.pairs(concept=concept.concept)
        if pair.best_by_average_precision
    }
    seeds: dict[str, list[float]] = defaultdict(list)
    for representation in filter(is_baseline, explorer.reader.summaries):
        value = chosen.get(representation, concept.prevalence)
        seeds[baseline_of(representation)].append(value)
    beside = [
        BesideConcept(
            name=display_name(name) + (f", {len(all_)} seeds" if len(all_) > 1 else ""),
            average_precision=sum(all_) / len(all_),
        )
        for name, all_ in seeds.items()
    ]
    return max(beside, key=lambda one: one.average_precision, default=None)


def chosen_others(pairs: Iterable[Pair]) -> list[Pair]:
    """Of each representation besides the SAE the pair that validation chose, the best first."""
    others = [p for p in pairs if p.representation != SAE and p.best_by_average_precision]
    return sorted(others, key=lambda pair: -pair.average_precision)


def baseline_leads(explorer: Explorer, concept: ConceptRow, pair: Pair) -> str:
    """A sentence where the best baseline detects a concept as well as the SAE's pair; else ""."""
    best = best_baseline(explorer, concept)
    if best is None or best.average_precision < pair.average_precision:
        return ""
    return (
        f"A baseline is ahead here: {best.name} has AP {fraction(best.average_precision)}, "
        f"f/{pair.feature} {fraction(pair.average_precision)}."
    )


def _precision_text(explorer: Explorer, pair: Pair, concept: ConceptRow) -> str:
    best = best_baseline(explorer, concept)
    if best is None:
        return f"AP {fraction(pair.average_precision)}"
    name = best.name.split(", ")[0]
    return (
        f"AP {fraction(pair.average_precision)}, best baseline {fraction(best.average_precision)} "
        f"({name})"
    )


def _constant(pair: Pair, concept: ConceptRow) -> str:
    return f"F1 {fraction(pair.f1)}, of firing everywhere {fraction(concept.f1_constant)}"


def _stability(feature: Feature) -> str:
    if not feature.n_sisters:
        return ""
    return chip(f"in {feature.n_reappears} of {feature.n_sisters} other seeds", "stability")


def strength_html(explorer: Explorer, feature: int) -> str:
    """How far the evidence carries its label, in the colour of that; "" without a label."""
    strength = explorer.strength(feature)
    return f'<span class="ip-{TONES.get(strength, "")}-text">{escape(strength)}</span>'


def label_html(feature: Feature) -> str:
    """The label, or that there is none."""
    return escape(feature.label) if feature.label else "no name yet"
