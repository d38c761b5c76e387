"""Proteins on which a feature fires, one line each, homologues folded."""

from collections.abc import Mapping, Sequence
from itertools import chain, groupby

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.feature.protein import LookedAt, own_proteins
from interplm.explorer.render.exports import Export, exported, figure_exports
from interplm.explorer.render.markup import data, escape, fraction, message, number
from interplm.explorer.render.sequence import activation_legend, sequence_strip
from interplm.explorer.render.tracks import family_key
from interplm.features.database.records import BUCKETS, Annotation, Example, Feature, Protein

ALIGNMENTS = ("peak", "start")


def rows(explorer: Explorer, feature: Feature, address: Address) -> str:
    """The examples of one range of activation, the strongest of each family first."""
    bucket, align = address.choice("bucket", BUCKETS), address.choice("align", ALIGNMENTS)
    examples = explorer.reader.examples(feature.feature, bucket)
    proteins = explorer.reader.proteins([example.accession for example in examples])
    known = [(e, proteins[e.accession]) for e in examples if e.accession in proteins]
    if not known:
        return message(
            "This feature never fires on the scored proteins, so there are none to show."
            if feature.is_silent
            else "No protein's maximum lies in this range: choose another one."
        )
    spans = explorer.reader.annotations(list(proteins))
    families = _families(known)
    html = "".join(
        _row(explorer, example, protein, spans, align, len(members) - 1 if not index else -1)
        for members in families
        for index, (example, protein) in enumerate(members)
    )
    maximum = f"maximum {number(feature.scale)}"
    key = family_key(chain.from_iterable(spans.values()), explorer.colours)
    return (
        f'<div class="ip-bar-row"><span class="ip-quiet">{len(known):,} proteins of '
        f"{len(families):,} families</span>{activation_legend(maximum)}"
        f"{_exports(feature, bucket, align)}{key}</div>"
        f'<div class="ip-scroll ip-rows" tabindex="0" role="group" '
        f'aria-label="Proteins">{html}</div>'
    )


def own_rows(explorer: Explorer, feature: Feature, address: Address) -> str:
    """What the visitor brings along, as the first rows: a protein, and one compared with it."""
    own = own_proteins(explorer, feature, address)
    if not own:
        return ""
    # Of a mutant the changes, for which there would be no room behind the name.
    names = [one.accession.removeprefix(f"{own[0].accession} ") for one in own]
    html = "".join(
        _own_row(explorer, one, name, number)
        for number, (one, name) in enumerate(zip(own, names, strict=True), start=1)
    )
    return f'<div class="ip-rows ip-own">{html}</div>'


def _own_row(explorer: Explorer, own: LookedAt, name: str, number: int) -> str:
    strip = _strip(explorer, own.sequence, own.activations, [], own.peak, "peak", own.accession)
    goes = data({"accession": None, "own": str(number)})
    said = fraction(own.maximum) if own.activations else "silent"
    return (
        '<div class="ip-row"><div class="ip-who">'
        f'<button type="button" class="ip-link" data-pressed="1" data-go="{goes}" '
        f'title="{escape(own.accession[:120])}">{escape(name[:24])}</button>'
        f"<b>{said}</b></div>{strip}</div>"
    )


def _families(
    known: Sequence[tuple[Example, Protein]],
) -> list[list[tuple[Example, Protein]]]:
    """Proteins by cluster of homologues, in the order of each one's strongest."""
    first: dict[str, int] = {}
    for place, (_, protein) in enumerate(known):
        first.setdefault(protein.cluster, place)
    ordered = sorted(known, key=lambda pair: first[pair[1].cluster])
    return [list(members) for _, members in groupby(ordered, key=lambda pair: pair[1].cluster)]


def _row(
    explorer: Explorer, example: Example, protein: Protein,
    spans: Mapping[str, list[Annotation]], align: str, n_more: int,
) -> str:  # fmt: skip
    """One protein; n_more others of its family are folded under it, -1 for one that is folded."""
    goes = data({"accession": protein.accession, "own": None})
    title = f"{protein.accession} {protein.name}".strip()
    family = escape(protein.cluster)
    more = (
        f'<button type="button" class="ip-fold" data-unfolds="{family}" aria-expanded="false" '
        f'aria-label="{n_more} more of this family">+{n_more}</button>'
        if n_more > 0
        else ""
    )
    folded = f' data-family="{family}" hidden' if n_more < 0 else ""
    strip = _strip(
        explorer,
        protein.sequence,
        dict(zip(example.positions, example.activations, strict=True)),
        spans.get(protein.accession, []),
        example.peak,
        align,
        protein.accession,
    )
    return (
        f'<div class="ip-row"{folded}><div class="ip-who">'
        f'<button type="button" class="ip-link" data-pressed="1" data-go="{goes}" '
        f'title="{escape(title)}">{escape(protein.accession)}</button>'
        f"<b>{fraction(example.maximum)}</b>{more}</div>{strip}</div>"
    )


def _strip(
    explorer: Explorer, sequence: str, activations: Mapping[int, float],
    spans: Sequence[Annotation], peak: int, align: str, accession: str,
) -> str:  # fmt: skip
    reach = explorer.strip_reach
    start = 0 if align == "start" else max(0, peak - reach)
    stop = min(len(sequence), (2 * reach if align == "start" else peak + reach) + 1)
    return sequence_strip(
        sequence,
        activations,
        spans,
        explorer.colours,
        start=start,
        stop=stop,
        pad=0 if align == "start" else start - (peak - reach),
        mark=peak,
        accession=accession,
        thin=True,
    )


def _exports(feature: Feature, bucket: str, align: str) -> str:
    number_ = feature.feature
    arguments = {"feature": number_, "bucket": bucket, "align": align}
    return exported(
        Export("CSV", "examples_csv", {"feature": number_, "bucket": bucket},
               f"feature-{number_}-{bucket}.csv"),
        *figure_exports("strips", arguments, f"feature-{number_}-{bucket}"),
    )  # fmt: skip
