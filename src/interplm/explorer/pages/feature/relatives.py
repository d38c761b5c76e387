"""Features that are like one, and what its proteins have in common."""

from collections.abc import Sequence

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.render.exports import exported, table_export
from interplm.explorer.render.help import help_mark
from interplm.explorer.render.markup import (
    escape,
    feature_link,
    fraction,
    message,
    number,
    section,
    table,
)
from interplm.features.database.records import Feature, Related

_N_RELATED = 8


def relatives(explorer: Explorer, feature: Feature, address: Address) -> str:
    """Similar features, features that fire with it, and enriched whole-protein labels."""
    number_, reader = feature.feature, explorer.reader
    parts = (
        ("Similar features", "by the direction that they write", "similar",
         _related(reader.similar(number_, _N_RELATED), "cosine", number_)),
        ("Features that fire with it", "on the same residues", "coactive",
         _related(reader.coactive(number_, _N_RELATED), "Jaccard", number_)),
        ("Labels of its proteins", "against all proteins", "enrichment",
         _enriched(explorer, number_)),
    )  # fmt: skip
    return '<div class="ip-columns ip-thirds">' + "".join(
        section(
            title,
            body,
            note=note,
            exports=exported(
                table_export(name, {"feature": number_}, f"feature-{number_}-{name}")
            ),
        )
        for title, note, name, body in parts
    ) + "</div>"  # fmt: skip


def _related(related: Sequence[Related], likeness: str, feature: int) -> str:
    if not related:
        return message("There is none.")
    rows = [
        (
            feature_link(r.other),
            escape(r.label) if r.label else '<span class="ip-quiet">no name yet</span>',
            fraction(r.likeness),
            f'<a href="compare?feature={feature}&amp;with={r.other}">compare</a>',
        )
        for r in related
    ]
    header = ("Feature", "Label", f"{likeness.capitalize()}{help_mark(likeness)}", "Beside it")
    return table(header, rows, numeric=(2,))


def _enriched(explorer: Explorer, feature: int) -> str:
    found = explorer.reader.enrichment(feature, _N_RELATED)
    if not found:
        return message("No whole-protein label is enriched among its strongest proteins.")
    rows = [
        (escape(e.label), escape(e.kind), f"{e.n:,}", number(e.odds_ratio), number(e.q_value))
        for e in found
    ]
    header = ("Label", "Kind", "n", f"Odds{help_mark('odds')}", f"q{help_mark('q')}")
    return table(header, rows, numeric=(2, 3, 4))
