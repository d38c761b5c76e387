"""Overview: what was trained on what, how far it explains the concepts, beside every baseline."""

from collections.abc import Sequence

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer, figure
from interplm.explorer.naming import architecture_name, plm_name
from interplm.explorer.pages.feature.motif import feature_motif
from interplm.explorer.pages.nothing_scored import NOTHING_SCORED
from interplm.explorer.pages.page import Page, Part
from interplm.explorer.render.comparison_bars import comparison_bars
from interplm.explorer.render.exports import exported, figure_exports, table_export
from interplm.explorer.render.help import help_mark
from interplm.explorer.render.logo import small_logo
from interplm.explorer.render.markup import (
    concept_link,
    escape,
    feature_link,
    fraction,
    message,
    number,
    percent,
    section,
    signed,
    table,
)
from interplm.explorer.render.scatter import map_canvas
from interplm.features.database.records import Pair
from interplm.features.report.headline import Headline, headlines, sentences

_N_STRONGEST = 10


def overview(explorer: Explorer, address: Address) -> str:
    """What was learnt, in one sentence and a few figures."""
    rows = headlines(explorer.reader.summaries.values(), explorer.reader.differences)
    return (
        f'<h1>What the model learnt</h1><p class="ip-lead">{_sentence(explorer)}</p>'
        f"{_truth(rows)}{_figures(explorer, rows)}"
    )


def strongest(explorer: Explorer, address: Address) -> str:
    """The distinct concepts that are detected best, amino acids left out.

    Of concepts that one feature detects, as of a kind of site and of all sites, the best is shown.
    """
    best: dict[int, Pair] = {}
    for pair in explorer.reader.best_pairs():
        best.setdefault(pair.feature, pair)
    pairs = list(best.values())[:_N_STRONGEST]
    if not pairs:
        return message(
            "No feature detects a concept well enough to be named: the Concepts page has the best "
            "of each."
            if explorer.reader.concepts
            else NOTHING_SCORED
        )
    header = ("Concept", "Feature", "Around its peak", f"AP{help_mark('AP')}",
              f"Margin{help_mark('margin')}")  # fmt: skip
    return section(
        "Concepts detected best",
        table(header, [_strongest_row(explorer, pair) for pair in pairs], numeric=(3, 4)),
        note="On test proteins, by the feature that validation proteins chose; margin over the "
        "best baseline",
        exports=exported(table_export("concepts", {}, "concepts")),
    )


def feature_map(explorer: Explorer, address: Address) -> str:
    """All features as points."""
    return section(
        "Map of the features",
        map_canvas(explorer.colours, explorer.reader.n_features, run=explorer.name),
        note="Near one another are features that write in a similar direction. Click one to open "
        "it, a family to hide it; drag a frame to list what is in it.",
        exports=exported(
            table_export("map", {}, "feature-map"), *figure_exports("map", {}, "feature-map")
        ),
    )


def _sentence(explorer: Explorer) -> str:
    meta = explorer.reader.meta
    dataset = meta.get("dataset")
    named = dataset.get("name", "") if isinstance(dataset, dict) else dataset
    where = f" (data set {named})" if named else ""
    architecture = meta.get("architecture")
    kind = f" ({architecture_name(str(architecture))})" if architecture else ""
    return escape(
        f"{plm_name(str(meta.get('plm', 'A protein language model')))} has read "
        f"{explorer.reader.n_proteins:,} proteins{where}. A sparse autoencoder{kind} splits each "
        f"residue's activations at layer {meta.get('layer', '?')} into "
        f"{explorer.reader.n_features:,} features, and annotations of the proteins say what each "
        "of them may stand for."
    )


def _truth(rows: Sequence[Headline]) -> str:
    """What has to be said of the comparison, where a baseline leads before all else."""
    if not rows:
        return ""
    said = sorted(sentences(rows), key=lambda text: not text.startswith("A baseline is ahead"))
    leads = [text for text in said if text.startswith("A baseline is ahead")]
    warned = "".join(f'<p class="ip-message ip-error">{escape(text)}</p>' for text in leads)
    others = "".join(f"<li>{escape(text)}</li>" for text in said if text not in leads)
    return (
        f'{warned}<details class="ip-said"><summary>What the comparison says</summary>'
        f"<ul>{others}</ul></details>"
    )


def _figures(explorer: Explorer, rows: Sequence[Headline]) -> str:
    meta = explorer.reader.meta
    share = explorer.n_silent / explorer.reader.n_features
    sae = rows[0].seeds[0] if rows else None
    cards = [
        ("Explained variance", "explained variance",
         number(figure(meta, "explained_variance")), "of the layer's activations"),
        ("Fidelity", "fidelity", percent(figure(meta, "fidelity/loss_recovered")),
         "of the model's loss recovered"),
        ("L0", "L0", number(sae.l0 if sae else figure(meta, "l0")), "features on a residue"),
        ("Silent", "silent", percent(share), f"{explorer.n_silent:,} features, on these proteins"),
    ]  # fmt: skip
    # An SAE from elsewhere comes without the figures of its training.
    return f'<div class="ip-overview-figures">{_bars(rows)}<dl class="ip-figures">' + "".join(
        f"<div><dt>{title}{help_mark(term)}</dt><dd><b>{value}</b><span>{escape(note)}</span></dd>"
        "</div>"
        for title, term, value, note in cards
        if value != number(None)
    ) + "</dl></div>"  # fmt: skip


def _bars(rows: Sequence[Headline]) -> str:
    """The first figures, of the SAE and of every baseline side by side."""
    if not rows:
        return ""
    n = rows[0].seeds[0].n_concepts
    chance = rows[0].seeds[0].mean_chance
    parts = (
        ("Mean average precision", "AP", "mean_average_precision", 1.0, 2,
         f"over {n:,} distinct concepts; chance {number(chance)}"),
        ("Concepts found, by instance", "F1", "n_covered", float(n), 0, f"of {n:,}, F1 above 0.5"),
        ("Concepts found, by residue", "F1 by residue", "n_covered_residue", float(n), 0,
         f"of {n:,}, F1 above 0.5"),
    )  # fmt: skip
    return '<div class="ip-columns ip-thirds">' + "".join(
        section(
            title,
            comparison_bars(rows, measure=measure, most=most, digits=digits),
            note=note,
            exports=exported(table_export("representations", {}, "representations"))
            if measure == "mean_average_precision"
            else "",
            link=f"{title}{help_mark(term)}",
        )
        for title, term, measure, most, digits, note in parts
    ) + "</div>"  # fmt: skip


def _strongest_row(explorer: Explorer, pair: Pair) -> tuple[str, ...]:
    motif = feature_motif(explorer, pair.feature)
    note = "<small>position alone explains it</small>" if pair.position_explains else ""
    return (
        concept_link(pair.concept) + note,
        feature_link(pair.feature),
        small_logo(motif.positions),
        fraction(pair.average_precision),
        _margin(pair),
    )


def _margin(pair: Pair) -> str:
    """The margin, marked where a baseline does as well."""
    shown = signed(pair.margin)
    is_ahead = pair.margin is None or pair.margin > 0
    return shown if is_ahead else f'<span class="ip-weak-text">{shown}</span>'


OVERVIEW = Page(
    name="Overview",
    path="",
    layout='{overview}<div class="ip-columns ip-map-columns">{strongest}{map}</div>',
    parts=(
        Part(name="overview", show=overview),
        Part(name="strongest", show=strongest),
        Part(name="map", show=feature_map),
    ),
)
