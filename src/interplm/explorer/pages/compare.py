"""Two features side by side, of one run or of two."""

from interplm.concepts.amino_acids import AMINO_ACID_NAMES
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer, Explorers
from interplm.explorer.evidence import evidence_chips, label_html
from interplm.explorer.pages.counterparts import alike
from interplm.explorer.pages.feature.detected import concepts_table, detected
from interplm.explorer.pages.feature.motif import feature_motif
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.render.controls import choice, controls, field
from interplm.explorer.render.exports import exported, figure_exports
from interplm.explorer.render.histogram import activation_histogram
from interplm.explorer.render.logo import sequence_logo
from interplm.explorer.render.markup import (
    escape,
    feature_link,
    message,
    section,
)
from interplm.explorer.render.sequence import sequence_strip
from interplm.features.database.records import Example, Feature

_N_SHARED = 12
_N_CONCEPTS = 5
_N_PROPOSED = 4

Side = tuple[Explorer, Feature]


def which(explorers: Explorers, address: Address) -> str:
    """What is compared with what."""
    one = explorers.of(address)
    other = explorers.get(address.text("with_run"), one)
    return controls(
        _number("feature", "Feature", one),
        _number("with", "with feature", other),
        choice("with_run", "of", {"": "the same SAE", **explorers.titles})
        if len(explorers) > 1
        else "",
    )


def heads(explorers: Explorers, address: Address) -> str:
    """Label, evidence, histogram, logo and concepts of both."""
    pair = _both(explorers, address)
    if isinstance(pair, str):
        return message(pair) + _proposed(explorers, address)
    heads_ = "".join(_head(explorers, *side) for side in pair)
    title = " and ".join(f"f/{feature.feature}" for _, feature in pair)
    return f'<div class="ip-columns ip-halves" data-title="{title}">{heads_}</div>'


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
    rows = "".join(_shared_row(*pair, ours[a], theirs[a]) for a in shared[:_N_SHARED])
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


def _sides(explorers: Explorers, address: Address) -> tuple[Explorer, Explorer]:
    """The runs on the left and on the right."""
    one = explorers.of(address)
    return one, explorers.named(address.text("with_run")) if address.has("with_run") else one


def _number(entry: str, label: str, explorer: Explorer) -> str:
    last = explorer.reader.n_features - 1
    return field(entry, label, kind="number", hint=f"0 – {last}", limits=f'min="0" max="{last}"')


def _both(explorers: Explorers, address: Address) -> tuple[Side, Side] | str:
    """Both, or what keeps them from being shown."""
    found = []
    for explorer, name in zip(_sides(explorers, address), ("feature", "with"), strict=True):
        number = address.number(name)
        if number is None:
            return "Give the numbers of two features to see them side by side."
        feature = explorer.reader.feature(number)
        if feature is None:
            last = explorer.reader.n_features - 1
            return f"There is no feature {number}: numbers go from 0 to {last:,}."
        found.append((explorer, feature))
    return found[0], found[1]


def _proposed(explorers: Explorers, address: Address) -> str:
    """Pairs that are worth a look: the feature with those that are like it, or two of one name."""
    explorer = explorers.of(address)
    number = address.number("feature")
    if number is not None and explorer.reader.feature(number) is not None:
        found = [
            (number, one.other, one.label or "no name yet")
            for one in explorer.reader.similar(number, _N_PROPOSED)
        ]
    else:
        found = _namesakes(explorer)[:_N_PROPOSED]
    items = "".join(
        f'<li><a class="ip-feature" href="compare?feature={left}&amp;with={right}">f/{left} and '
        f"f/{right}</a> {escape(said)}</li>"
        for left, right, said in found
    )
    return f'<div class="ip-examples"><p>For example</p><ul>{items}</ul></div>' if items else ""


def _namesakes(explorer: Explorer) -> list[tuple[int, int, str]]:
    """Of each concept after which several features are named the two that detect it best."""
    named: dict[str, list[int]] = {}
    for pair in sorted(explorer.reader.labels(), key=lambda pair: -pair.average_precision):
        if pair.concept not in AMINO_ACID_NAMES:
            named.setdefault(pair.concept, []).append(pair.feature)
    return [(n[0], n[1], concept) for concept, n in named.items() if len(n) > 1]


def _head(explorers: Explorers, explorer: Explorer, feature: Feature) -> str:
    pairs = explorer.reader.pairs(feature=feature.feature)
    motif = feature_motif(explorer, feature.feature)
    name, run = f"feature-{feature.feature}", explorer.name
    labelling = next((pair for pair in pairs if pair.is_label), None)
    concepts = detected(explorer, pairs)[:_N_CONCEPTS]
    return section(
        "",
        f"<p><b>{label_html(feature)}</b></p>{evidence_chips(explorer, feature, labelling)}"
        + activation_histogram(feature.histogram, feature.scale)
        + sequence_logo(motif.positions, motif.n_families)
        + (concepts_table(concepts, run=run) if concepts else ""),
        link=feature_link(feature.feature, run=run),
        note=explorers.titles[run],
        exports=exported(
            *figure_exports("logo", {"feature": feature.feature}, f"{name}-logo", run=run)
        ),
    )


def _strongest(explorer: Explorer, feature: Feature) -> dict[str, Example]:
    examples = explorer.reader.examples(feature.feature)
    return {example.accession: example for example in reversed(examples)}


def _shared_row(left: Side, right: Side, ours: Example, theirs: Example) -> str:
    """A protein twice, around the peak of the first feature."""
    explorer, _ = left
    protein = explorer.reader.proteins([ours.accession]).get(ours.accession)
    if protein is None:
        return ""
    before = ours.peak - explorer.strip_reach
    start, stop = max(0, before), min(protein.length, ours.peak + explorer.strip_reach + 1)
    rows = []
    for (side, feature), example in ((left, ours), (right, theirs)):
        strip = sequence_strip(
            protein.sequence,
            dict(zip(example.positions, example.activations, strict=True)),
            [],
            explorer.colours,
            start=start,
            stop=stop,
            pad=start - before,
            mark=example.peak,
            accession=protein.accession,
            thin=True,
        )
        opens = {"run": side.name, "accession": protein.accession}
        rows.append(
            '<div class="ip-row"><div class="ip-who">'
            f'<span class="ip-mono">{escape(protein.accession)}</span>'
            f"{feature_link(feature.feature, **opens)}</div>{strip}</div>"
        )
    return "".join(rows)


COMPARE = Page(
    name="Compare",
    path="compare",
    layout='<h1 class="ip-alone">Two features side by side</h1>{which}{heads}{proteins}{alike}',
    parts=(
        Part(name="which", needs=("with_run",), show_all=which),
        Part(name="heads", needs=("feature", "with", "with_run"), show_all=heads),
        Part(name="proteins", needs=("feature", "with", "with_run"), show_all=proteins),
        Part(
            name="alike",
            needs=("feature",),
            show_all=alike,
            waits="The other SAEs are asked for features like it …",
        ),
    ),
)
