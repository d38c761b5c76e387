"""Concepts: the best features of one, side by side, and the proteins they miss or add."""

from collections.abc import Callable, Mapping, Sequence

from interplm.explorer.context import Explorer
from interplm.explorer.coverage import ProteinVerdict, judge
from interplm.explorer.render.curve import precision_recall
from interplm.explorer.render.markup import (
    escape,
    feature_link,
    fraction,
    message,
    section,
    table,
    uniprot_link,
)
from interplm.explorer.render.sequence import sequence_strip
from interplm.features.records import Annotation, Example, Pair, Protein

_N_CARDS = 3
_N_STRIPS = 3
_N_LISTED = 15
# Proteins that the PLM reads for one check: a few seconds on a laptop with a small PLM.
N_CHECKED = 24
_DICTIONARIES = {
    "sae": "SAE", "neurons": "Neurons", "random_sae": "Random SAE", "pca": "PCA",
    "untrained_plm_sae": "SAE of an untrained PLM",
}  # fmt: skip
_VERDICTS = {
    "found": "Found: fires inside the annotation",
    "missed": "Missed: annotated, silent there",
    "extra": "Extra: fires, not annotated",
}


def concept_page(explorer: Explorer, concept: str | None) -> str:
    """The best features of a concept as HTML."""
    row = next((c for c in explorer.reader.concepts if c.concept == concept), None)
    if row is None:
        return message("Choose a concept above to see which features detect it.")
    pairs = explorer.reader.pairs(concept=row.concept)
    sae = [pair for pair in pairs if pair.dictionary == "sae"]
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
    return (
        f'{heading}<div class="ip-columns ip-thirds">{cards}</div>'
        + section(
            "All pairs",
            _pair_table(sae[:_N_LISTED] + _best_of_others(pairs)),
            note="The best of each baseline is listed for comparison.",
            name="concept-pairs",
            wide=True,
        )
    )


def stored_verdicts(explorer: Explorer, concept: str | None) -> str:
    """What the stored examples of the best feature say of the concept's proteins."""
    pair = best_pair(explorer, concept)
    if pair is None:
        return ""
    examples = {e.accession: e for e in reversed(explorer.reader.examples(pair.feature))}
    activations = {
        accession: dict(zip(e.positions, e.activations, strict=True))
        for accession, e in examples.items()
    }
    note = (
        f"Judged on the {len(examples):,} stored examples of f/{pair.feature} at threshold "
        f"{fraction(pair.threshold)}; other proteins may be missed too."
    )
    return _verdicts(explorer, pair, activations, note)


def checked_verdicts(
    explorer: Explorer, concept: str | None, on_progress: Callable[[float], object]
) -> str:
    """The same for annotated test proteins, read by the PLM now.

    Raises:
        UserError: if the models cannot be loaded.
    """
    pair = best_pair(explorer, concept)
    if pair is None or explorer.encoder is None:
        return message("The models of this run are not here, so only stored examples can be shown.")
    accessions = explorer.reader.annotated(pair.concept, split="test", limit=N_CHECKED)
    proteins = explorer.reader.proteins(accessions)
    short = [a for a in accessions if proteins[a].length <= explorer.encoder.max_residues]
    activations = {}
    for index, accession in enumerate(short):
        features = explorer.encoder.encode(proteins[accession].sequence)[:, pair.feature]
        activations[accession] = {
            residue: float(value) for residue, value in enumerate(features) if value > 0
        }
        on_progress((index + 1) / len(short))
    skipped = len(accessions) - len(short)
    note = (
        f"{len(short):,} annotated test proteins read by the model just now, f/{pair.feature} at "
        f"threshold {fraction(pair.threshold)}."
        + (f" {skipped:,} longer than the limit were left out." if skipped else "")
    )
    return _verdicts(explorer, pair, activations, note)


def best_pair(explorer: Explorer, concept: str | None) -> Pair | None:
    """The SAE's best pair of a concept on test proteins."""
    pairs = explorer.reader.pairs(concept=concept) if concept else []
    return next((pair for pair in pairs if pair.dictionary == "sae"), None)


def _verdicts(
    explorer: Explorer, pair: Pair, activations: Mapping[str, Mapping[int, float]], note: str
) -> str:
    spans = explorer.reader.annotations(list(activations))
    judged = [
        judge(accession, activations[accession], spans.get(accession, []), concept=pair.concept,
              threshold=pair.threshold)
        for accession in sorted(activations)
    ]  # fmt: skip
    parts = []
    for verdict, title in _VERDICTS.items():
        listed = [j for j in judged if j.verdict == verdict]
        body = _verdict_table(listed) if listed else message("None among these proteins.")
        parts.append(section(f"{title.split(':')[0]} ({len(listed):,})", body,
                             note=title.split(": ")[1], name=f"proteins-{verdict}"))  # fmt: skip
    return (
        f'<p class="ip-note">{escape(note)}</p>'
        f'<div class="ip-columns ip-thirds">{"".join(parts)}</div>'
    )


def _verdict_table(judged: Sequence[ProteinVerdict]) -> str:
    rows = [
        (uniprot_link(j.accession), f"{j.n_hit} of {j.n_spans}", f"{j.n_outside:,}")
        for j in judged[:_N_LISTED]
    ]
    more = len(judged) - _N_LISTED
    rest = f'<p class="ip-note">and {more:,} more</p>' if more > 0 else ""
    header = ("Protein", "Spans hit", "Residues outside")
    return table(header, rows, numeric=(1, 2)) + rest


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


def _strip(
    explorer: Explorer, example: Example, protein: Protein, spans: list[Annotation]
) -> str:
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
        if pair.dictionary != "sae":
            best.setdefault(pair.dictionary, pair)
    return list(best.values())


def _pair_table(pairs: Sequence[Pair]) -> str:
    rows = [
        (
            escape(_DICTIONARIES.get(pair.dictionary, pair.dictionary)),
            feature_link(pair.feature) if pair.dictionary == "sae" else f"{pair.feature}",
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
    header = ("Dictionary", "Feature", "Precision", "Recall", "F1", "95 % interval",
              "F1 by residue", "Average precision", "Threshold")  # fmt: skip
    return table(header, rows, numeric=range(2, 9))
