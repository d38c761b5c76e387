"""What stands above everything of a feature: label, evidence, histogram, motif, concepts."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.evidence import evidence_chips, evidence_sentence, label_html
from interplm.explorer.pages.feature.detected import concepts_table, detected
from interplm.explorer.pages.feature.motif import feature_motif
from interplm.explorer.pages.feature.of_feature import named_feature, no_feature
from interplm.explorer.pages.features.query import feature_query
from interplm.explorer.render.controls import radios
from interplm.explorer.render.exports import exported, figure_exports, table_export
from interplm.explorer.render.histogram import activation_histogram
from interplm.explorer.render.logo import sequence_logo
from interplm.explorer.render.markup import escape, message, section
from interplm.features.database.records import BUCKETS, Feature, Pair

_N_CONCEPTS = 3
# In the order of the histogram above them.
_BUCKETS = {**{bucket: bucket.replace("-", "–") for bucket in reversed(BUCKETS[1:])}, "top": "top"}


def header(explorer: Explorer, address: Address) -> str:
    """All of it, or a sentence where the address names no feature."""
    feature = named_feature(explorer, address)
    if feature is None:
        # One that was looked for in another run is said by what looked for it.
        return "" if address.has("was") and not address.has("feature") else no_feature(explorer)
    pairs = explorer.reader.pairs(feature=feature.feature)
    concepts = detected(explorer, pairs)
    labelling = next((pair for pair in pairs if pair.is_label), None)
    name = f"feature-{feature.feature}"
    argument = {"feature": feature.feature}
    return (
        _title(explorer, feature, address, evidence_sentence(feature, labelling, concepts))
        + evidence_chips(explorer, feature, labelling)
        + '<div class="ip-columns ip-thirds ip-tight">'
        + section(
            f"{feature.n_active:,} residues fire",
            activation_histogram(feature.histogram, feature.scale)
            + radios("bucket", "Proteins by their maximum", _BUCKETS, default="top", quiet=True),
            exports=exported(
                table_export("histogram", argument, f"{name}-histogram"),
                *figure_exports("histogram", argument, f"{name}-histogram"),
            ),
        )
        + _logo(explorer, feature, name)
        + section(
            f"Concepts it detects{_of_all(len(concepts))}",
            _concepts(concepts),
            exports=exported(table_export("pairs", argument, f"{name}-concepts")),
        )
        + "</div>"
    )


def _title(explorer: Explorer, feature: Feature, address: Address, said: str) -> str:
    label = label_html(feature)
    return (
        f'<div class="ip-title" data-title="f/{feature.feature} {label}">'
        f'<span class="ip-id">f/{feature.feature}</span><h1>{label}</h1>'
        f'<span class="ip-note">{escape(said)}</span>'
        f"{_neighbours(explorer, feature, address)}</div>"
    )


def _neighbours(explorer: Explorer, feature: Feature, address: Address) -> str:
    """The ones before and after it in the list from which the visitor comes."""
    listed = address.text("list", longest=3000)
    query = feature_query(Address(dict(parse_qsl(listed))))
    place = explorer.reader.place_in(query, feature.feature)
    if place is None:
        return ""

    def link(number: int | None, text: str, name: str) -> str:
        if number is None:
            return f'<span aria-hidden="true">{text}</span>'
        entries = {"feature": number, **({"list": listed} if listed else {})}
        return f'<a href="feature?{urlencode(entries)}" aria-label="{name}">{text}</a>'

    back = f"features?{escape(listed)}" if listed else "features"
    return (
        '<nav class="ip-arrows" aria-label="Neighbours in the list">'
        f"{link(place.previous, '‹', 'previous in the list')}"
        f'<a href="{back}">{place.place:,} of {place.total:,} in the list</a>'
        f"{link(place.next, '›', 'next in the list')}</nav>"
    )


def _logo(explorer: Explorer, feature: Feature, name: str) -> str:
    motif = feature_motif(explorer, feature.feature)
    argument = {"feature": feature.feature}
    return section(
        "Residues around the peak",
        sequence_logo(motif.positions, motif.n_families),
        exports=exported(
            table_export("motif", argument, f"{name}-motif"),
            *figure_exports("logo", argument, f"{name}-logo"),
        )
        if motif.positions
        else "",
    )


def _concepts(pairs: Sequence[Pair]) -> str:
    if not pairs:
        return message("No concept passed the selection. A pattern may still show in the proteins.")
    return concepts_table(pairs[:_N_CONCEPTS])


def _of_all(n: int) -> str:
    """How many of the concepts are shown, where not all are; the CSV has them."""
    return f", the best {_N_CONCEPTS} of {n:,}" if n > _N_CONCEPTS else ""
