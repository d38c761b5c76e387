"""One feature along the protein, on its structure, and under every substitution of a region."""

from collections.abc import Mapping

import numpy as np

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.structure_view import Shown, picture_export, structure_view
from interplm.explorer.pages.your_protein.answer import changes_of, ranked_of
from interplm.explorer.pages.your_protein.asked import Asked, asked_quietly
from interplm.explorer.pages.your_protein.given import encoder_of, given_proteins, given_text
from interplm.explorer.pages.your_protein.saturation import check_region, saturate, strongest
from interplm.explorer.render.exports import Export, exported, figure_exports, table_export
from interplm.explorer.render.heatmap import heat_map
from interplm.explorer.render.markup import data, escape, feature_link, section, signed, table
from interplm.explorer.render.sequence import (
    activation_legend,
    difference_legend,
    whole_sequence,
)
from interplm.features.encoding.sequence import SequenceFeatures
from interplm.proteins.alphabet import STANDARD

_N_STRONGEST = 10


def on_sequence(explorer: Explorer, address: Address) -> str:
    """The chosen feature, or the first one listed, along the sequence."""
    found = asked_quietly(explorer, address)
    feature = _chosen(explorer, address, found)
    if found is None or feature is None:
        return ""
    read = _shown(found)
    firing = _firing(read, feature)
    body = activation_legend(f"maximum of f/{feature}") + whole_sequence(
        read.sequence, firing, [], explorer.colours, changeable=_changeable(found, address)
    )
    return section(
        "",
        body,
        link=f"{feature_link(feature)} {escape(explorer.label(feature))} on the sequence",
        note=_note(found, address, firing),
        wide=True,
    )


def _changeable(found: Asked, address: Address) -> list[str]:
    """Each residue as a change of the protein names it; none of them of another protein."""
    if found.comparison is None:
        return [f"{one}{number}" for number, one in enumerate(found.protein.sequence, start=1)]
    return [] if address.has("other") else found.comparison.changeable()


def _note(found: Asked, address: Address, firing: Mapping[int, float]) -> str:
    """Which of two sequences is shown, where the feature is silent, and what a click does."""
    click = "" if address.has("other") else "Click a residue to change it."
    if found.comparison is None:
        return click
    silent = "" if firing else ", on which it is silent"
    return f"of {found.other}{silent}. {click}".strip()


def on_structure(explorer: Explorer, address: Address) -> str:
    """The same on a structure of the protein."""
    found = asked_quietly(explorer, address)
    feature = _chosen(explorer, address, found)
    if found is None or feature is None:
        return ""
    read = _shown(found)
    shown = Shown(
        accession=found.protein.accession,
        sequence=read.sequence,
        activations=_firing(read, feature),
        what=f"f{feature}",
    )
    body = structure_view(explorer, address, shown)
    return section(
        f"f/{feature} on the structure",
        body,
        exports=exported(picture_export(shown)) if "<ip-structure" in body else "",
        wide=True,
    )


def substitutions(explorer: Explorer, address: Address) -> str:
    """Every single substitution of the chosen region, once it is asked for."""
    found = asked_quietly(explorer, address)
    feature = _chosen(explorer, address, found)
    if found is None or feature is None or found.comparison is not None or not found.is_part:
        return ""
    sequence, start, stop = found.protein.sequence, found.start, found.stop
    check_region(sequence, start=start, stop=stop)
    title = f"Every substitution of residues {start + 1} to {stop}"
    if not address.has("saturate"):
        goes = data({"saturate": "1", "chosen": str(feature)})
        return section(
            title,
            f'<button type="button" class="ip-button" data-go="{goes}">Read '
            f"{19 * (stop - start):,} mutants with the model</button>",
            note=f"What each does to f/{feature}, the feature shown on the sequence",
            wide=True,
        )
    changes = saturate(encoder_of(explorer), sequence, feature, start=start, stop=stop)
    arguments = {
        "protein": f">{found.protein.accession}\n{sequence}", "feature": feature,
        "region": f"{start + 1}-{stop}",
    }  # fmt: skip
    name = f"{found.protein.accession}-f{feature}-substitutions"
    picture = heat_map(
        [(letter, "") for letter in STANDARD],
        sequence[start:stop],
        changes,
        label=f"Change of f/{feature} by each substitution of residues {start + 1} to {stop}",
        click="substitution",
        first=start + 1,
        is_difference=True,
    )
    return section(
        title,
        difference_legend() + picture + _strongest(changes, sequence[start:stop], start),
        exports=exported(
            table_export("substitutions", arguments, name),
            *figure_exports("substitutions", arguments, name),
        ),
        note=f"Change of the maximum of f/{feature} over the protein; click one to see all that it "
        "changes.",
        wide=True,
    )


def _strongest(changes: np.ndarray, residues: str, start: int) -> str:
    """The same for the keyboard and for screen readers: what changes most, to be chosen."""
    rows = []
    for name, change in strongest(changes, residues, start=start, n=_N_STRONGEST):
        goes = data({"mutations": name, "other": None})
        button = f'<button type="button" class="ip-link" data-go="{goes}">{name}</button>'
        rows.append((button, signed(change)))
    if not rows:
        return ""
    return f'<div class="ip-narrow">{table(("Substitution", "Change"), rows, numeric=(1,))}</div>'


def downloads(explorer: Explorer, address: Address) -> str:
    """Named features of every protein given, as files."""
    protein = given_text(address, "protein")
    try:
        if not protein or not given_proteins(explorer, protein):
            return ""
    except UserError:
        return ""  # The answer says what is wrong.
    return '<p class="ip-note">Named features of all proteins given: ' + exported(
        *(
            Export(kind, "annotate", {"proteins": protein, "form": kind.lower()},
                   f"features.{ending}")
            for kind, ending in (("CSV", "csv"), ("GFF3", "gff3"))
        )
    ) + "</p>"  # fmt: skip


def _chosen(explorer: Explorer, address: Address, found: Asked | None) -> int | None:
    """The feature in the address, or the first one that the lists show."""
    number = address.number("chosen")
    if number is not None and number < explorer.reader.n_features:
        return number
    if found is None:
        return None
    if found.comparison is not None:
        changes = changes_of(explorer, found)
        return changes[0].feature if changes else None
    ranked = ranked_of(explorer, address, found, 1)
    return ranked[0].feature if ranked else None


def _shown(found: Asked) -> SequenceFeatures:
    return found.features if found.comparison is None else found.comparison.after


def _firing(read: SequenceFeatures, feature: int) -> dict[int, float]:
    return {residue: float(value) for residue, value in enumerate(read.of(feature)) if value > 0}
