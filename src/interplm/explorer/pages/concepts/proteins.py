"""The proteins that the best feature of a concept finds, misses or adds."""

from collections.abc import Mapping, Sequence

from interplm.explorer.context import Explorer
from interplm.explorer.pages.concepts.coverage import ProteinVerdict, judge
from interplm.explorer.render.markup import (
    escape,
    fraction,
    message,
    section,
    table,
    uniprot_link,
)
from interplm.features.database.records import Pair

_N_LISTED = 15
_VERDICTS = {
    "found": "Found: fires inside the annotation",
    "missed": "Missed: annotated, silent there",
    "extra": "Extra: fires, not annotated",
}


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


def best_pair(explorer: Explorer, concept: str | None) -> Pair | None:
    """The SAE's best pair of a concept on test proteins."""
    pairs = explorer.reader.pairs(concept=concept) if concept else []
    return next((pair for pair in pairs if pair.representation == "sae"), None)


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
        '<h2 class="ip-alone">Proteins of the best feature</h2>'
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
