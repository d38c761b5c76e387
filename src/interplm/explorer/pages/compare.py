"""Two features side by side, of one run or of two."""

from urllib.parse import quote

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer, Explorers
from interplm.explorer.evidence import evidence_chips, label_html
from interplm.explorer.pages.feature.motif import feature_motif
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.render.controls import choice, controls, field
from interplm.explorer.render.exports import exported, figure_exports
from interplm.explorer.render.histogram import activation_histogram
from interplm.explorer.render.logo import sequence_logo
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
from interplm.features.database.records import Example, Feature, Pair

_N_SHARED = 12
_N_CONCEPTS = 5
_N_ALIKE = 8


def which(explorers: Explorers, address: Address) -> str:
    """What is compared with what."""
    runs = {name: one.title() for name, one in explorers.items()}
    return controls(
        field("feature", "Feature", kind="number", hint="1503", limits='min="0"'),
        field("with", "with feature", kind="number", hint="864", limits='min="0"'),
        choice("with_run", "of", {"": "the same SAE", **runs}) if len(runs) > 1 else "",
    )


def heads(explorers: Explorers, address: Address) -> str:
    """Label, evidence, histogram, logo and concepts of both."""
    pair = _both(explorers, address)
    if isinstance(pair, str):
        return pair
    (one, left), (other, right) = pair
    return (
        f'<div class="ip-columns ip-halves" data-title="f/{left.feature} and f/{right.feature}">'
        f"{_head(one, left)}{_head(other, right)}</div>"
    )


def proteins(explorers: Explorers, address: Address) -> str:
    """Proteins on which both are strong, one above the other; and what is alike elsewhere."""
    pair = _both(explorers, address)
    if isinstance(pair, str):
        return ""
    (one, left), (other, right) = pair
    ours, theirs = _strongest(one, left), _strongest(other, right)
    shared = sorted(
        ours.keys() & theirs.keys(), key=lambda a: (-min(ours[a].maximum, theirs[a].maximum), a)
    )
    rows = "".join(_shared_row(one, ours[a], theirs[a], left, right, a) for a in shared[:_N_SHARED])
    note = (
        f"{len(shared):,} proteins are kept as examples of both, of {len(ours):,} and "
        f"{len(theirs):,}"
    )
    body = (
        '<div class="ip-scroll ip-rows" tabindex="0" role="group" aria-label="Proteins of both">'
        f"{rows}</div>"
    )
    return section(
        "Where both fire",
        body if rows else message("No protein is kept as an example of both."),
        note=note,
        wide=True,
    )


def alike(explorers: Explorers, address: Address) -> str:
    """The features of every other run that fire on the same residues."""
    explorer = explorers.of(address)
    number = address.number("feature")
    if number is None or len(explorers) < 2 or explorer.reader.feature(number) is None:
        return ""
    rows = []
    for name, other in explorers.items():
        if name == explorer.name:
            continue
        for feature, overlap in counterparts(explorer, other, number, _N_ALIKE // 2):
            label = label_html(found) if (found := other.reader.feature(feature)) else ""
            link = f"compare?feature={number}&amp;with={feature}&amp;with_run={quote(name)}"
            rows.append((escape(other.title()), f'<a href="{link}">f/{feature}</a>', label,
                         fraction(overlap)))  # fmt: skip
    return section(
        f"Features of the other SAEs that fire where f/{number} does",
        table(("SAE", "Feature", "Label", "Overlap"), rows, numeric=(3,)) if rows
        else message("None fires on the same residues of the same proteins."),
        note="Share of the residues of its strongest proteins on which both fire",
        wide=True,
    )  # fmt: skip


def counterparts(
    explorer: Explorer, other: Explorer, feature: int, n: int
) -> list[tuple[int, float]]:
    """Features of another run that fire on the same residues of the strongest proteins.

    Returns:
        Numbers with the Jaccard index over the residues of the examples that both keep.
    """
    ours = {(e.accession, p) for e in explorer.reader.examples(feature, "top") for p in e.positions}
    return other.reader.firing_where(ours, limit=n)


def _both(
    explorers: Explorers, address: Address
) -> tuple[tuple[Explorer, Feature], tuple[Explorer, Feature]] | str:
    one = explorers.of(address)
    other = explorers.get(address.text("with_run")) or one
    found = []
    for explorer, name in ((one, "feature"), (other, "with")):
        number = address.number(name)
        if number is None:
            return message("Give the numbers of two features to see them side by side.")
        feature = explorer.reader.feature(number)
        if feature is None:
            last = explorer.reader.n_features - 1
            return message(f"There is no feature {number}: numbers go from 0 to {last:,}.")
        found.append((explorer, feature))
    return found[0], found[1]


def _head(explorer: Explorer, feature: Feature) -> str:
    pairs = explorer.reader.pairs(feature=feature.feature)
    motif = feature_motif(explorer, feature.feature)
    argument = {"feature": feature.feature}
    name = f"feature-{feature.feature}"
    labelling = next((pair for pair in pairs if pair.is_label), None)
    return section(
        "",
        f"<p><b>{label_html(feature)}</b></p>{evidence_chips(explorer, feature, labelling)}"
        + activation_histogram(feature.histogram, feature.scale)
        + sequence_logo(motif.positions, motif.n_families)
        + _concepts(pairs),
        link=feature_link(feature.feature),
        note=explorer.title(),
        exports=exported(*figure_exports("logo", argument, f"{name}-logo")),
    )


def _concepts(pairs: list[Pair]) -> str:
    rows = [
        (concept_link(p.concept), fraction(p.average_precision), fraction(p.f1))
        for p in pairs[:_N_CONCEPTS]
    ]
    return table(("Concept", "AP", "F1"), rows, numeric=(1, 2)) if rows else ""


def _strongest(explorer: Explorer, feature: Feature) -> dict[str, Example]:
    examples = explorer.reader.examples(feature.feature)
    return {example.accession: example for example in reversed(examples)}


def _shared_row(
    explorer: Explorer, ours: Example, theirs: Example, left: Feature, right: Feature,
    accession: str,
) -> str:  # fmt: skip
    protein = explorer.reader.proteins([accession]).get(accession)
    if protein is None:
        return ""
    start = max(0, ours.peak - explorer.strip_reach)
    stop = min(protein.length, ours.peak + explorer.strip_reach + 1)
    rows = []
    for name, example in ((f"f/{left.feature}", ours), (f"f/{right.feature}", theirs)):
        strip = sequence_strip(
            protein.sequence,
            dict(zip(example.positions, example.activations, strict=True)),
            [],
            explorer.colours,
            start=start,
            stop=stop,
            pad=start - (ours.peak - explorer.strip_reach),
            mark=example.peak,
            accession=accession,
            thin=True,
        )
        rows.append(
            '<div class="ip-row"><div class="ip-who">'
            f'<span class="ip-mono">{escape(accession)}</span>'
            f"<b>{name}</b></div>{strip}</div>"
        )
    return "".join(rows)


COMPARE = Page(
    name="Compare",
    path="compare",
    layout='<h1 class="ip-alone">Two features side by side</h1>{which}{heads}{proteins}{alike}',
    parts=(
        Part(name="which", show_all=which),
        Part(name="heads", needs=("feature", "with", "with_run"), show_all=heads),
        Part(name="proteins", needs=("feature", "with", "with_run"), show_all=proteins),
        Part(name="alike", needs=("feature",), show_all=alike),
    ),
)
