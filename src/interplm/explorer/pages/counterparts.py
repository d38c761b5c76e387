"""Features of other runs that fire where one does: to find one's place again in another SAE."""

from urllib.parse import urlencode

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer, Explorers
from interplm.explorer.evidence import label_html
from interplm.explorer.render.markup import (
    escape,
    feature_link,
    fraction,
    message,
    section,
    table,
)

_N_OF_EACH = 4


def counterparts(
    explorer: Explorer, other: Explorer, feature: int, n: int
) -> list[tuple[int, float]]:
    """Features of another run that fire on the same residues of the strongest proteins.

    Returns:
        Numbers with the Jaccard index over the residues of the examples that both keep.
    """
    ours = {(e.accession, p) for e in explorer.reader.examples(feature, "top") for p in e.positions}
    return other.reader.firing_where(ours, limit=n)


def alike(explorers: Explorers, address: Address) -> str:
    """The features of every other run that fire on the same residues."""
    explorer = explorers.of(address)
    number = address.number("feature")
    if number is None or len(explorers) < 2 or explorer.reader.feature(number) is None:
        return ""
    rows = [
        _row(explorers, name, number, *found)
        for name, other in explorers.items()
        if name != explorer.name
        for found in counterparts(explorer, other, number, _N_OF_EACH)
    ]
    return section(
        f"Features of the other SAEs that fire where f/{number} does",
        table(("SAE", "Feature", "Label", "Overlap"), rows, numeric=(3,))
        if rows
        else message("None fires on the same residues of the same proteins."),
        note="Share of the residues of its strongest proteins on which both fire",
        wide=True,
    )


def switched(explorers: Explorers, address: Address) -> str:
    """How far the feature is the one that was looked at before another run was chosen."""
    was = address.number("was")
    if was is None:
        return ""
    before, explorer = explorers.named(address.text("was_run")), explorers.of(address)
    if before is explorer or before.reader.feature(was) is None:
        return ""
    link = feature_link(was, run=before.name)
    there = f"{link} of {escape(explorers.titles[before.name])}"
    number = address.number("feature")
    if number is None:
        return (
            f'<h1>No counterpart</h1><p class="ip-message ip-empty">No feature of this SAE fires '
            f"on the residues where {there} does. Look for one under Features.</p>"
        )
    overlap = dict(counterparts(before, explorer, was, explorer.reader.n_features)).get(number, 0.0)
    return (
        f'<p class="ip-note">The closest to {there}: both fire on {fraction(overlap)} of the '
        "residues of its strongest proteins where either does.</p>"
    )


def _row(
    explorers: Explorers, name: str, number: int, feature: int, overlap: float
) -> tuple[str, ...]:
    found = explorers[name].reader.feature(feature)
    beside = escape(urlencode({"feature": number, "with": feature, "with_run": name}))
    return (
        escape(explorers.titles[name]),
        f'<a class="ip-feature" href="compare?{beside}">f/{feature}</a>',
        label_html(found) if found else "",
        fraction(overlap),
    )
