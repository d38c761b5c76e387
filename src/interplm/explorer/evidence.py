"""The evidence of a pair in words and chips, as it stands beside a label."""

from collections.abc import Sequence

from interplm.explorer.context import Explorer
from interplm.explorer.render.chips import chip, chips
from interplm.explorer.render.markup import escape, fraction, number, percent
from interplm.features.database.records import ConceptRow, Feature, Pair
from interplm.features.encoding.names import display_name, is_baseline
from interplm.features.evidence import CONSTANT_SHOWN_ABOVE, STRENGTHS

_TONES = {"follows": "good", "marks": "", "hints": "weak", "not above baselines": "weak"}


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
        chip(f"finds {pair.n_found:,} of {concept.n_domains_test:,} {of_domains}", "finds"),
        chip(f"covers {percent(pair.recall_residue)} of their residues", "covers"),
        chip(_precision_text(explorer, pair), "AP", tone=_TONES.get(feature.strength or "", "")),
        chip(f"F1 by residue {fraction(pair.f1_residue)}", "F1 by residue"),
        chip(_constant(pair, concept)) if concept.f1_constant > CONSTANT_SHOWN_ABOVE else "",
        chip(f"q {number(pair.q_value)}", "q") if pair.q_value is not None else "",
        chip("position alone explains it", "position", tone="weak")
        if concept.position_explains
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


def best_baseline(explorer: Explorer, concept: str) -> Pair | None:
    """The pair of the baseline that detects a concept best on test proteins."""
    pairs = [p for p in explorer.reader.pairs(concept=concept) if is_baseline(p.representation)]
    return max(pairs, key=lambda p: p.average_precision, default=None)


def _precision_text(explorer: Explorer, pair: Pair) -> str:
    best = best_baseline(explorer, pair.concept)
    if best is None:
        return f"AP {fraction(pair.average_precision)}"
    return (
        f"AP {fraction(pair.average_precision)}, best baseline {fraction(best.average_precision)} "
        f"({display_name(best.representation)})"
    )


def _constant(pair: Pair, concept: ConceptRow) -> str:
    return f"F1 {fraction(pair.f1)}, of firing everywhere {fraction(concept.f1_constant)}"


def _stability(feature: Feature) -> str:
    if not feature.n_sisters:
        return ""
    return chip(f"again in {feature.n_reappears} of {feature.n_sisters} other seeds", "stability")


def label_html(feature: Feature) -> str:
    """The label, or that there is none."""
    return escape(feature.label) if feature.label else "no name yet"
