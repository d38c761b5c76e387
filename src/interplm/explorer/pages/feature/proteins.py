"""Proteins on which a feature fires: aligned strips, and one protein in full."""

from collections.abc import Mapping

from interplm.explorer.context import Explorer
from interplm.explorer.render.markup import (
    data,
    escape,
    fraction,
    message,
    number,
    section,
    uniprot_link,
)
from interplm.explorer.render.sequence import activation_legend, sequence_strip, whole_sequence
from interplm.features.database.records import Annotation, Example, Feature, Protein


def protein_rows(explorer: Explorer, feature: Feature, *, bucket: str, align: str) -> str:
    """The examples of one bucket as strips on one scale, each with its annotation tracks."""
    examples = explorer.reader.examples(feature.feature, bucket)
    accessions = [example.accession for example in examples]
    proteins = explorer.reader.proteins(accessions)
    spans = explorer.reader.annotations(accessions)
    rows = [
        _row(explorer, example, proteins[example.accession], spans, align)
        for example in examples
        if example.accession in proteins
    ]
    if not rows:
        return message(
            "No protein reaches this range. Choose another one above."
            if feature.n_active
            else "This feature never fired, so there are no proteins to show."
        )
    legend = activation_legend(f"{number(feature.scale)} (maximum of f/{feature.feature})")
    number_ = feature.feature
    save = (
        f'<button type="button" class="ip-save" data-api="examples_csv" '
        f'data-args="{data([number_, bucket])}" data-file="feature-{number_}-{bucket}.csv">CSV'
        "</button>"
    )
    return (
        f'<div class="ip-bar-row">{legend}{save}</div>'
        f'<div class="ip-scroll ip-rows" tabindex="0">{"".join(rows)}</div>'
    )


def chosen_protein(explorer: Explorer, feature: Feature, accession: str | None) -> str:
    """One of the feature's examples in full."""
    example = example_of(explorer, feature, accession)
    if example is None:
        return message("Choose a protein above to see all of it.")
    protein = explorer.reader.proteins([example.accession])[example.accession]
    spans = explorer.reader.annotations([example.accession]).get(example.accession, [])
    activations = dict(zip(example.positions, example.activations, strict=True))
    body = whole_sequence(protein.sequence, activations, spans, explorer.colours)
    return section(
        f"{protein.accession} in full",
        f'<p class="ip-note">{uniprot_link(protein.accession)} · {escape(protein.name)} · '
        f"{protein.length:,} residues · {len(activations):,} of them fire, at most "
        f"{fraction(example.maximum)} of the maximum</p>{body}",
        wide=True,
    )


def example_of(explorer: Explorer, feature: Feature, accession: str | None) -> Example | None:
    """The example of that protein; the strongest one where no protein is named."""
    examples = explorer.reader.examples(feature.feature)
    known = explorer.reader.proteins([example.accession for example in examples])
    for example in examples:
        if example.accession in known and accession in (None, example.accession):
            return example
    return None


def _row(
    explorer: Explorer,
    example: Example,
    protein: Protein,
    spans: Mapping[str, list[Annotation]],
    align: str,
) -> str:
    reach = explorer.strip_reach
    first = 0 if align == "start" else max(0, example.peak - reach)
    stop = min(protein.length, (2 * reach if align == "start" else example.peak + reach) + 1)
    strip = sequence_strip(
        protein.sequence,
        dict(zip(example.positions, example.activations, strict=True)),
        spans.get(protein.accession, []),
        explorer.colours,
        start=first,
        stop=stop,
        pad=0 if align == "start" else first - (example.peak - reach),
        mark=example.peak,
    )
    return (
        '<div class="ip-protein"><div class="ip-who">'
        f"<span>{uniprot_link(protein.accession)} <b>{fraction(example.maximum)}</b></span>"
        f'<span class="ip-quiet">{escape(protein.name)}, {first + 1}–{stop} of {protein.length}'
        f'</span><button type="button" data-go="{data({"accession": protein.accession})}">'
        f"whole protein</button></div>{strip}</div>"
    )
