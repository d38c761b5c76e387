"""The page of one feature: label and evidence, histogram, motif, relatives."""

from interplm.explorer.context import Explorer
from interplm.explorer.render.histogram import activation_histogram
from interplm.explorer.render.logo import enrichment_bars, sequence_logo
from interplm.explorer.render.markup import (
    concept_link,
    escape,
    feature_link,
    fraction,
    message,
    number,
    percent,
    section,
    table,
)
from interplm.explorer.render.motif import motif, windows
from interplm.features.database.records import Feature, Pair, Related

_N_RELATED = 8
_N_CONCEPTS = 8


def feature_number(text: str | None) -> int | None:
    """The number in a link, or None for what is none."""
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else None


def no_feature(explorer: Explorer) -> str:
    """What to say where a link names no feature."""
    return message(
        f"There is no such feature: numbers go from 0 to {explorer.reader.n_features - 1:,}. "
        "Look for one under Features."
    )


def feature_top(explorer: Explorer, feature: Feature) -> str:
    """Heading, histogram, motif and concepts."""
    number_ = feature.feature
    pairs = explorer.reader.pairs(feature=number_)
    return (
        f"{_heading(explorer, feature, pairs)}"
        '<div class="ip-columns ip-thirds">'
        + section(
            "Activations",
            activation_histogram(feature.histogram, feature.scale),
            note=f"{feature.n_active:,} residues on which it fires",
            name=f"feature-{number_}-histogram",
        )
        + _motif(explorer, number_)
        + section(
            "Concepts it detects",
            _concepts(pairs),
            note="Chosen on validation proteins, measured on test proteins",
            name=f"feature-{number_}-concepts",
        )
        + "</div>"
    )


def feature_below(explorer: Explorer, feature: Feature) -> str:
    """Similar features, features that fire with it, and enriched whole-protein labels."""
    number_ = feature.feature
    reader = explorer.reader
    similar = _related(reader.similar(number_, _N_RELATED), "Cosine")
    coactive = _related(reader.coactive(number_, _N_RELATED), "Jaccard")
    enriched = [
        (escape(e.label), escape(e.kind), f"{e.n:,}", number(e.odds_ratio), number(e.q_value))
        for e in reader.enrichment(number_, _N_RELATED)
    ]
    labels = (
        table(("Label", "Kind", "n", "Odds", "q"), enriched, numeric=(2, 3, 4))
        if enriched
        else message("No whole-protein label is enriched among its strongest proteins.")
    )
    return '<div class="ip-columns ip-thirds">' + "".join(
        section(title, body, note=note, name=f"feature-{number_}-{name}")
        for title, body, note, name in (
            ("Similar features", similar, "by the direction that they write", "similar"),
            ("Features that fire with it", coactive, "on the same residues", "coactive"),
            ("Labels of its proteins", labels, "against all proteins", "labels"),
        )
    ) + "</div>"  # fmt: skip


def _heading(explorer: Explorer, feature: Feature, pairs: list[Pair]) -> str:
    summary = feature
    last = explorer.reader.n_features - 1
    before, after = max(0, summary.feature - 1), min(last, summary.feature + 1)
    arrows = (
        f'<nav class="ip-arrows" aria-label="neighbouring numbers">'
        f'<a href="feature?feature={before}" aria-label="previous feature">‹</a>'
        f'<a href="feature?feature={after}" aria-label="next feature">›</a></nav>'
    )
    label = escape(summary.label) if summary.label else "no concept found"
    return (
        f'<div class="ip-title" data-title="f/{summary.feature} {label}">'
        f'<span class="ip-id">f/{summary.feature}</span>{arrows}'
        f'<h1>{label}</h1></div><p class="ip-lead">{_evidence(feature, pairs)}</p>'
    )


def _evidence(feature: Feature, pairs: list[Pair]) -> str:
    summary = feature
    fires = f"Fires on {percent(summary.density)} of the residues ({escape(summary.pattern)})."
    if feature.n_active == 0:
        return "It never fired on the scored proteins, so nothing can be said of it."
    if not pairs:
        return f"{fires} Nothing in the annotations explains it; look at the sequences below."
    best = pairs[0]
    return (
        f"F1 {fraction(best.f1)} [{fraction(best.f1_low)}–{fraction(best.f1_high)}] on test "
        f"proteins. {fires} The label is a hypothesis from its best concept, {_strength(best.f1)}."
    )


def _strength(f1: float) -> str:
    if f1 >= 0.8:
        return "which it follows closely"
    return "which it follows in part" if f1 >= 0.5 else "which it follows only loosely"


def _motif(explorer: Explorer, feature: int) -> str:
    examples = explorer.reader.examples(feature, "top")
    proteins = explorer.reader.proteins([example.accession for example in examples])
    peaks = [
        (proteins[example.accession].sequence, example.peak)
        for example in examples
        if example.accession in proteins
    ]
    reach = explorer.logo_reach
    positions = motif(windows(peaks, reach=reach), explorer.reader.background) if peaks else []
    bars = enrichment_bars(positions[reach]) if len(peaks) > 1 else ""
    return section(
        "Residues around the peak",
        sequence_logo(positions, len(peaks)) + bars,
        note=f"{len(peaks)} strongest proteins, ±{reach} residues",
        name=f"feature-{feature}-logo",
    )


def _concepts(pairs: list[Pair]) -> str:
    if not pairs:
        return message("No concept passed the selection. A pattern may still show in the proteins.")
    rows = [
        (
            concept_link(pair.concept),
            fraction(pair.precision),
            fraction(pair.recall),
            f"<b>{fraction(pair.f1)}</b><small>[{fraction(pair.f1_low)}–"
            f"{fraction(pair.f1_high)}]</small>",
            fraction(pair.threshold),
        )
        for pair in pairs[:_N_CONCEPTS]
    ]
    return table(("Concept", "Precision", "Recall", "F1", "Above"), rows, numeric=(1, 2, 3, 4))


def _related(related: list[Related], likeness: str) -> str:
    if not related:
        return message("The database names none.")
    rows = [
        (
            feature_link(r.other),
            escape(r.label) if r.label else '<span class="ip-quiet">no concept</span>',
            fraction(r.likeness),
        )
        for r in related
    ]
    return table(("Feature", "Label", likeness), rows, numeric=(2,))
