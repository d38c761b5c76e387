"""Overview: what was trained on what, a map of all features, the strongest concepts."""

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer, figure
from interplm.explorer.pages.page import Page, Part
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
from interplm.explorer.render.scatter import map_canvas
from interplm.features.evidence import F1_FLOOR

_N_STRONGEST = 12


def overview(explorer: Explorer, address: Address) -> str:
    """The whole page as HTML."""
    reader = explorer.reader
    rows = [
        (concept_link(concept), feature_link(feature), fraction(f1))
        for concept, feature, f1 in reader.best_features(_N_STRONGEST)
    ]
    listed = (
        table(("Concept", "Feature", "F1"), rows, numeric=(2,))
        if rows
        else message(
            "No feature detects a concept yet: score the run against an annotation source."
        )
    )
    return (
        f'<h1>What the model learnt</h1><p class="ip-lead">{_sentence(explorer)}</p>'
        f"{_figures(explorer)}"
        '<div class="ip-columns ip-map-columns">'
        + section(
            "Map of the features",
            map_canvas(explorer.colours, reader.n_features),
            note="Each point is a feature, near others that write in a similar direction. "
            "Click one to open it.",
            name="feature-map",
        )
        + section(
            "Strongest concepts",
            listed,
            note="F1 on test proteins; amino acids left out",
            name="strongest",
        )
        + "</div>"
    )


def _sentence(explorer: Explorer) -> str:
    meta = explorer.reader.meta
    dataset = meta.get("dataset")
    named = dataset.get("name", "") if isinstance(dataset, dict) else dataset
    where = f" of {escape(named)}" if named else ""
    return (
        f"A sparse autoencoder ({escape(meta.get('architecture', 'SAE'))}) reads layer "
        f"{escape(meta.get('layer', '?'))} of {escape(meta.get('plm', 'a PLM'))}. Its "
        f"{explorer.reader.n_features:,} features were scored on "
        f"{explorer.reader.n_proteins:,} proteins{where}."
    )


def _figures(explorer: Explorer) -> str:
    meta = explorer.reader.meta
    counts = explorer.reader.n_concept_features()
    fidelity = figure(meta, "fidelity/loss_recovered")
    neurons = f" · neurons: {counts['neurons']:,}" if "neurons" in counts else ""
    cards = (
        ("Features", f"{explorer.reader.n_features:,}", explorer.title().rsplit(" · ", 1)[0]),
        (
            "Explained variance",
            number(figure(meta, "explained_variance")),
            "1 is a perfect reconstruction",
        ),
        ("Fidelity", percent(fidelity), "loss recovered, against a layer of zeros"),
        ("L0", number(figure(meta, "l0")), "features that fire on a residue"),
        (
            "Dead",
            percent(explorer.n_dead / explorer.reader.n_features),
            "features that fire on none of these proteins",
        ),
        (
            "With a concept",
            f"{counts.get('sae', 0):,}",
            f"features with F1 above {F1_FLOOR}{neurons}",
        ),
    )
    return '<dl class="ip-figures">' + "".join(map(_card, cards)) + "</dl>"


def _card(card: tuple[str, str, str]) -> str:
    title, value, note = map(escape, card)
    return f"<div><dt>{title}</dt><dd><b>{value}</b><span>{note}</span></dd></div>"


OVERVIEW = Page(
    name="Overview",
    path="",
    layout="{overview}",
    parts=(Part(name="overview", show=overview),),
)
