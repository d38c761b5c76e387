"""Concepts: the best features of one, side by side."""

from collections.abc import Sequence

from interplm.concepts.amino_acids import AMINO_ACID_NAMES
from interplm.explorer.context import Explorer
from interplm.explorer.render.curve import precision_recall
from interplm.explorer.render.markup import (
    concept_link,
    escape,
    feature_link,
    fraction,
    message,
    section,
    table,
)
from interplm.explorer.render.sequence import sequence_strip
from interplm.features.database.records import Annotation, Example, Pair, Protein
from interplm.features.encoding.names import NAMES

_N_CARDS = 3
_N_STRIPS = 3
_N_LISTED = 15


def concept_page(explorer: Explorer, concept: str | None) -> str:
    """The best features of a concept as HTML; of no concept, the list of all."""
    row = next((c for c in explorer.reader.concepts if c.concept == concept), None)
    if row is None:
        return _concept_list(explorer)
    pairs = explorer.reader.pairs(concept=row.concept)
    sae = [pair for pair in pairs if pair.representation == "sae"]
    heading = (
        f'<div class="ip-title"><h1>{escape(row.concept)}</h1></div><p class="ip-lead">'
        f"{escape(row.category)} · {escape(row.family)} · scored per {escape(row.kind)} · "
        f"{row.n_domains_test:,} instances, {row.n_residues_test:,} residues in test proteins</p>"
    )
    if not sae:
        return heading + message(
            "No feature detects this concept above the floor. Choose another one, or train with "
            "more features."
        )
    cards = "".join(_card(explorer, pair) for pair in sae[:_N_CARDS])
    return f'{heading}<div class="ip-columns ip-thirds">{cards}</div>' + section(
        "All pairs",
        _pair_table(sae[:_N_LISTED] + _best_of_others(pairs)),
        note="The best of each baseline is listed for comparison.",
        name="concept-pairs",
        wide=True,
    )


def _concept_list(explorer: Explorer) -> str:
    """All concepts, those that a feature detects best first and the amino acids last."""
    concepts = explorer.reader.concepts
    if not concepts:
        return message("No concept was scored: score the run against an annotation source.")
    best = {
        name: (feature, f1)
        for name, feature, f1 in explorer.reader.best_features(None, amino_acids=True)
    }
    rows = [
        (
            concept_link(row.concept),
            escape(row.family),
            escape(row.kind),
            f"{row.n_domains_test:,}",
            feature_link(best[row.concept][0]) if row.concept in best else "–",
            fraction(best[row.concept][1]) if row.concept in best else "–",
        )
        for row in sorted(
            concepts,
            key=lambda row: (row.concept in AMINO_ACID_NAMES, -best.get(row.concept, (0, 0.0))[1]),
        )
    ]
    header = ("Concept", "Family", "Scored per", "Instances", "Best feature", "F1")
    return (
        '<h1>Concepts</h1><p class="ip-lead">Choose one to compare the features that detect it.</p>'
    ) + section(
        "Best feature of each",
        table(header, rows, numeric=(3, 5)),
        note="Instances and F1 on test proteins",
        name="concepts",
        wide=True,
    )


def _card(explorer: Explorer, pair: Pair) -> str:
    examples = explorer.reader.examples(pair.feature, "top")[:_N_STRIPS]
    accessions = [example.accession for example in examples]
    proteins = explorer.reader.proteins(accessions)
    spans = explorer.reader.annotations(accessions)
    strips = "".join(
        _strip(explorer, example, proteins[example.accession], spans.get(example.accession, []))
        for example in examples
        if example.accession in proteins
    )
    curve = precision_recall(explorer.reader.scores(pair.concept, pair.feature))
    return section(
        "",
        f'{curve}<div class="ip-scroll" tabindex="0">{strips}</div>',
        note=f"F1 {fraction(pair.f1)} [{fraction(pair.f1_low)}–{fraction(pair.f1_high)}] at "
        f"threshold {fraction(pair.threshold)}",
        name=f"feature-{pair.feature}-precision-recall",
        link=feature_link(pair.feature),
    )


def _strip(explorer: Explorer, example: Example, protein: Protein, spans: list[Annotation]) -> str:
    reach = 12
    start, stop = max(0, example.peak - reach), min(protein.length, example.peak + reach + 1)
    return sequence_strip(
        protein.sequence,
        dict(zip(example.positions, example.activations, strict=True)),
        spans,
        explorer.colours,
        start=start,
        stop=stop,
        pad=start - (example.peak - reach),
        mark=example.peak,
    )


def _best_of_others(pairs: Sequence[Pair]) -> list[Pair]:
    best: dict[str, Pair] = {}
    for pair in pairs:  # the best come first
        if pair.representation != "sae":
            best.setdefault(pair.representation, pair)
    return list(best.values())


def _pair_table(pairs: Sequence[Pair]) -> str:
    rows = [
        (
            escape(NAMES.get(pair.representation, pair.representation)),
            feature_link(pair.feature) if pair.representation == "sae" else f"{pair.feature}",
            fraction(pair.precision),
            fraction(pair.recall),
            f"<b>{fraction(pair.f1)}</b>",
            f"{fraction(pair.f1_low)}–{fraction(pair.f1_high)}",
            fraction(pair.f1_residue),
            fraction(pair.average_precision),
            fraction(pair.threshold),
        )
        for pair in pairs
    ]
    header = ("Representation", "Feature", "Precision", "Recall", "F1", "95 % interval",
              "F1 by residue", "Average precision", "Threshold")  # fmt: skip
    return table(header, rows, numeric=range(2, 9))
