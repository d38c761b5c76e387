"""One concept: the features that detect it best, beside every baseline."""

from collections.abc import Sequence

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.evidence import baseline_leads, chosen_others
from interplm.explorer.render.curve import baseline_key, precision_recall
from interplm.explorer.render.exports import exported, figure_exports, table_export
from interplm.explorer.render.help import help_mark
from interplm.explorer.render.markup import (
    escape,
    feature_link,
    fraction,
    message,
    number,
    section,
    signed,
    table,
)
from interplm.explorer.render.sequence import sequence_strip
from interplm.features.database.records import Annotation, ConceptRow, Example, Pair, Protein
from interplm.features.encoding.names import SAE, display_name
from interplm.features.evidence import CONSTANT_SHOWN_ABOVE

_N_CARDS = 3
_N_STRIPS = 4
_N_LISTED = 15
_REACH = 16


def concept_head(explorer: Explorer, address: Address) -> str:
    """What it is, and its best features side by side."""
    name = address.text("concept")
    try:
        row = explorer.known_concept(name)
    except UserError as error:
        return f"<h1>{escape(name)}</h1>" + message(str(error))
    sae = _sae_pairs(explorer, row)
    if not sae:
        return _heading(row) + message(
            "No feature detects this concept well enough to be kept. Choose another one, or train "
            "with more features."
        )
    others = chosen_others(explorer.reader.pairs(concept=row.concept))
    cards = "".join(_card(explorer, pair, others) for pair in sae[:_N_CARDS])
    chosen = next((pair for pair in sae if pair.best_by_average_precision), sae[0])
    leads = baseline_leads(explorer, row, chosen)
    warned = message(leads, kind="error") if leads else ""
    key = baseline_key(others)
    return f'{_heading(row)}{warned}{key}<div class="ip-columns ip-thirds">{cards}</div>'


def concept_pairs(explorer: Explorer, address: Address) -> str:
    """All pairs of the concept with those of the baselines."""
    row = explorer.concept(address.text("concept"))
    if row is None:
        return ""
    pairs = explorer.reader.pairs(concept=row.concept)
    if not pairs:
        return ""
    sae = _sae_pairs(explorer, row)
    more = len(sae) - _N_LISTED
    return section(
        "Features and baselines",
        _pair_table([*sae[:_N_LISTED], *chosen_others(pairs)]),
        exports=exported(
            table_export("concept_pairs", {"concept": row.concept}, f"pairs-{row.concept}")
        ),
        note="The best of each baseline stands beneath; chosen on validation proteins, measured on "
        "test proteins" + (f"; {more:,} more features in the CSV" if more > 0 else ""),
        wide=True,
    )


def _sae_pairs(explorer: Explorer, row: ConceptRow) -> list[Pair]:
    return [p for p in explorer.reader.pairs(concept=row.concept) if p.representation == SAE]


def _heading(row: ConceptRow) -> str:
    by = "instance" if row.kind == "domain" else "residue"
    aliases = f"also called {', '.join(row.aliases)} · " if row.aliases else ""
    constant = (
        f" · firing everywhere has F1 {fraction(row.f1_constant)}"
        if row.f1_constant > CONSTANT_SHOWN_ABOVE
        else ""
    )
    position = (
        " Position within the protein alone explains what finds it."
        if row.position_explains
        else ""
    )
    said = (
        f"{aliases}{row.family} · scored by {by} · {row.n_domains_test:,} instances, "
        f"{row.n_residues_test:,} residues in test proteins of {row.n_clusters_test:,} families · "
        f"chance has AP {number(row.prevalence)}{constant}.{position}"
    )
    return (
        f'<div class="ip-title" data-title="{escape(row.concept)}"><h1>{escape(row.concept)}</h1>'
        f'</div><p class="ip-lead">{escape(said)}</p>'
    )


def _card(explorer: Explorer, pair: Pair, others: Sequence[Pair]) -> str:
    examples = explorer.reader.examples(pair.feature, "top")
    proteins = explorer.reader.proteins([example.accession for example in examples])
    # One of each family: homologues would only repeat one another.
    families = {proteins[e.accession].cluster: e for e in reversed(examples)
                if e.accession in proteins}  # fmt: skip
    shown = sorted(families.values(), key=lambda example: -example.maximum)[:_N_STRIPS]
    spans = explorer.reader.annotations([example.accession for example in shown])
    strips = "".join(
        _strip(explorer, example, proteins[example.accession], spans.get(example.accession, []))
        for example in shown
    )
    scores = explorer.reader.scores(pair.concept, pair.feature)
    arguments = {"concept": pair.concept, "feature": pair.feature}
    name = f"feature-{pair.feature}-precision-recall"
    return section(
        "",
        f'{precision_recall(scores, others)}<div class="ip-scroll" tabindex="0" role="group" '
        f'aria-label="Strongest proteins">{strips}</div>',
        note=f"AP {fraction(pair.average_precision)}, F1 {fraction(pair.f1)} "
        f"[{fraction(pair.f1_low)}–{fraction(pair.f1_high)}] above {fraction(pair.threshold)}",
        link=feature_link(pair.feature),
        exports=exported(
            table_export("scores", arguments, name),
            *figure_exports("precision_recall", arguments, name),
        ),
    )


def _strip(explorer: Explorer, example: Example, protein: Protein, spans: list[Annotation]) -> str:
    start = max(0, example.peak - _REACH)
    stop = min(protein.length, example.peak + _REACH + 1)
    return sequence_strip(
        protein.sequence,
        dict(zip(example.positions, example.activations, strict=True)),
        spans,
        explorer.colours,
        start=start,
        stop=stop,
        pad=start - (example.peak - _REACH),
        mark=example.peak,
        accession=protein.accession,
        thin=True,
    )


def _pair_table(pairs: Sequence[Pair]) -> str:
    rows = [
        (
            escape(display_name(pair.representation)),
            feature_link(pair.feature) if pair.representation == SAE else f"{pair.feature}",
            f"<b>{fraction(pair.average_precision)}</b>",
            signed(pair.margin),
            f"{pair.n_found:,}",
            fraction(pair.precision),
            fraction(pair.recall),
            fraction(pair.f1),
            fraction(pair.f1_residue),
            number(pair.q_value),
            fraction(pair.threshold),
        )
        for pair in pairs
    ]
    header = ("Representation", "Feature", f"AP{help_mark('AP')}",
              f"Margin{help_mark('margin')}", f"Finds{help_mark('finds')}", "Precision", "Recall",
              f"F1{help_mark('F1')}", f"F1 by residue{help_mark('F1 by residue')}",
              f"q{help_mark('q')}", f"Above{help_mark('threshold')}")  # fmt: skip
    return table(header, rows, numeric=range(2, 11))
