"""The features of a protein: their map and their table."""

from collections.abc import Sequence

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.evidence import strength_html
from interplm.explorer.pages.your_protein.asked import Asked, asked
from interplm.explorer.pages.your_protein.comparison import FeatureChange
from interplm.explorer.pages.your_protein.ranking import MEASURES, Ranked, rank
from interplm.explorer.render.controls import controls
from interplm.explorer.render.exports import exported, figure_exports, table_export
from interplm.explorer.render.heatmap import heat_map
from interplm.explorer.render.help import help_mark
from interplm.explorer.render.markup import (
    data,
    escape,
    feature_link,
    fraction,
    message,
    section,
    signed,
    table,
)
from interplm.explorer.render.sequence import activation_legend, difference_legend

N_RANKED = 25
_START = (
    "Give an accession, paste a sequence or FASTA records, or choose an example. Changes such as "
    "R175H, or a second sequence, are compared with it."
)
_EVIDENCE = f"Evidence{help_mark('evidence')}"


def answer(explorer: Explorer, address: Address) -> str:
    """The features of the protein in the hash, or what a change of it changes."""
    found = asked(explorer, address)
    if found is None:
        return message(_START)
    shown = _one if found.comparison is None else _two
    return _heading(found) + _whole(found) + shown(explorer, address, found)


def ranked_of(explorer: Explorer, address: Address, found: Asked, n: int) -> list[Ranked]:
    """The features to show of a protein, in the order that the address wants."""
    return rank(
        found.features,
        n,
        by=address.choice("rank", MEASURES),
        start=found.start,
        stop=found.stop,
        among=explorer.features_shown(found.shown),
    )


def changes_of(explorer: Explorer, found: Asked) -> list[FeatureChange]:
    """The features that change, of those that may be shown; the largest change first."""
    assert found.comparison is not None
    among = explorer.features_shown(found.shown)
    return [c for c in found.comparison.changes() if among is None or c.feature in among]


def _one(explorer: Explorer, address: Address, found: Asked) -> str:
    ranked = ranked_of(explorer, address, found, N_RANKED)
    if not ranked:
        return message(
            "No feature of this kind fires here. Show all features, or take a longer part."
        )
    numbers = [r.feature for r in ranked]
    part = found.protein.sequence[found.start : found.stop]
    picture = heat_map(
        [(str(n), explorer.label(n)) for n in numbers],
        part,
        found.features.of_many(numbers)[:, found.start : found.stop],
        label=f"Heat map of {len(ranked)} features by {len(part)} residues; the table beneath "
        "lists them",
        first=found.start + 1,
    )
    rows = [_ranked_row(explorer, found, r) for r in ranked]
    header = ("Feature", "Label", _EVIDENCE, "Maximum", "At", "Mean", "Residues")
    arguments = _arguments(address, found)
    name = found.protein.accession
    return section(
        "Features by residue",
        activation_legend("maximum of each feature") + picture,
        exports=exported(
            table_export("activations", arguments, f"{name}-activations"),
            *figure_exports("activations", arguments, f"{name}-activations"),
        ),
        note="Click a cell to see its feature on the sequence, a letter to change the residue; "
        "drag along the letters to choose a region.",
        wide=True,
    ) + section(
        "Strongest features",
        table(header, rows, numeric=(3, 5, 6)),
        exports=exported(table_export("strongest", arguments, f"{name}-features")),
        note="Fractions of each feature's maximum over the scored proteins",
        wide=True,
    )


def _two(explorer: Explorer, address: Address, found: Asked) -> str:
    comparison = found.comparison
    assert comparison is not None
    every = changes_of(explorer, found)
    if not every:
        return message(
            "No feature of this kind changes by a tenth of its maximum or more: to this model the "
            "two are alike."
        )
    counts = [_counted(n, kind) for kind in _KINDS if (n := sum(c.kind == kind for c in every))]
    shown = every[:N_RANKED]
    numbers = [c.feature for c in shown]
    names = [comparison.name(column) for column in range(len(comparison.columns))]
    picture = heat_map(
        [(str(n), explorer.label(n)) for n in numbers],
        "".join(_letter(found, column) for column in range(len(names))),
        comparison.differences[:, numbers].toarray().T,
        label=f"Heat map of the differences of {len(numbers)} features by {len(names)} residues; "
        "the table beneath lists them",
        names=names,
        is_difference=True,
    )
    arguments = _arguments(address, found)
    name = f"{found.protein.accession}-changes"
    header = ("Feature", "Label", _EVIDENCE, "What happens", "Maximum", "Most at", "There",
              "Change")  # fmt: skip
    return section(
        "After less before",
        difference_legend() + picture,
        exports=exported(
            table_export("differences", arguments, f"{name}-by-residue"),
            *figure_exports("differences", arguments, name),
        ),
        note=f"{', '.join(counts)}"
        + (f"; the {N_RANKED} largest changes are shown" if len(every) > N_RANKED else ""),
        wide=True,
    ) + section(
        "What changes",
        table(header, [_change_row(explorer, found, c) for c in shown], numeric=(4, 6, 7)),
        exports=exported(table_export("changes", arguments, name)),
        wide=True,
    )


# Of one feature, and of several.
_KINDS = {
    "appears": ("appears", "appear"),
    "vanishes": ("vanishes", "vanish"),
    "stronger": ("becomes stronger", "become stronger"),
    "weaker": ("becomes weaker", "become weaker"),
    "moves": ("moves", "move"),
}


def _counted(n: int, kind: str) -> str:
    return f"{n:,} {_KINDS[kind][0 if n == 1 else 1]}"


def _letter(found: Asked, column: int) -> str:
    comparison = found.comparison
    assert comparison is not None
    before, after = comparison.columns[column]
    if after is not None:
        return comparison.after.sequence[after]
    assert before is not None
    return comparison.before.sequence[before].lower()


def _ranked_row(explorer: Explorer, found: Asked, ranked: Ranked) -> Sequence[str]:
    return (
        feature_link(ranked.feature),
        _label(explorer, ranked.feature),
        strength_html(explorer, ranked.feature),
        f'<span class="ip-meter" style="--v:{min(1, ranked.maximum):.3f}"></span> '
        f"{fraction(ranked.maximum)}",
        f'<span class="ip-mono">{found.protein.sequence[ranked.peak]}{ranked.peak + 1}</span>',
        fraction(ranked.mean),
        f"{ranked.extent:,}",
    )


def _change_row(explorer: Explorer, found: Asked, change: FeatureChange) -> Sequence[str]:
    assert found.comparison is not None
    return (
        feature_link(change.feature),
        _label(explorer, change.feature),
        strength_html(explorer, change.feature),
        f'<span class="ip-{change.kind}">{change.kind}</span>',
        f"{fraction(change.maximum_before)} → {fraction(change.maximum_after)}",
        f'<span class="ip-mono">{escape(found.comparison.name(change.column))}</span>',
        f"{fraction(change.before)} → {fraction(change.after)}",
        signed(change.change),
    )


def _label(explorer: Explorer, feature: int) -> str:
    """The label, with a button that shows the feature on the sequence."""
    goes = data({"chosen": str(feature)})
    label = escape(explorer.label(feature)) or '<span class="ip-quiet">no name yet</span>'
    return (
        f'{label} <button type="button" class="ip-link" data-go="{goes}">on the sequence</button>'
    )


def _heading(found: Asked) -> str:
    record = found.protein
    description = f"{escape(record.description[:200])} · " if record.description else ""
    compared = f" · compared with {escape(found.other[:120])}" if found.other else ""
    return (
        f'<div class="ip-title" data-title="{escape(record.accession[:80])}">'
        f"<h2>{escape(record.accession[:80])}</h2>"
        f'<p class="ip-lead">{description}{len(record.sequence):,} residues{compared}</p></div>'
    )


def _whole(found: Asked) -> str:
    """What leads back from a region to all of the protein."""
    if found.comparison is not None or not found.is_part:
        return ""
    goes = data({"region": None, "saturate": None})
    return controls(
        f'<button type="button" class="ip-button" data-go="{goes}">Whole protein</button>'
    )


def _arguments(address: Address, found: Asked) -> dict[str, str]:
    """What the API needs to make the same again."""
    names = ("mutations", "other", "rank", "region", "show")
    given = {name: address.text(name, longest=100_000) for name in names if address.has(name)}
    return {"protein": f">{found.protein.accession}\n{found.protein.sequence}", **given}
