"""The chosen protein beside the list: all of it, and its structure."""

from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.feature.protein import LookedAt, looked_at
from interplm.explorer.pages.structure_view import Shown, is_given, picture_export, structure_view
from interplm.explorer.render.exports import Export, exported
from interplm.explorer.render.markup import escape, fraction, message, section, uniprot_link
from interplm.explorer.render.overview_track import overview_track
from interplm.explorer.render.sequence import whole_sequence
from interplm.features.database.records import Feature

_PER_LINE = 40
_SOURCES = {"stored": "", "read": "read by the model just now · ", "own": "your protein · "}


def whole_protein(explorer: Explorer, feature: Feature, address: Address) -> str:
    """One protein in full, the strongest where none is chosen."""
    protein = looked_at(explorer, feature, address)
    if protein is None:
        return message("Choose a protein on the left to see all of it.")
    name = f"{escape(protein.name)} · " if protein.name else ""
    return (
        f"<h2>{_name(protein)}</h2>"
        f'<p class="ip-note">{_SOURCES[protein.source]}{name}'
        f"{len(protein.sequence):,} residues, {len(protein.activations):,} fire, at most "
        f"{fraction(protein.maximum)}</p>"
        + overview_track(
            len(protein.sequence), protein.activations, protein.annotations, explorer.colours
        )
        + whole_sequence(
            protein.sequence, protein.activations, protein.annotations, explorer.colours,
            per_line=_PER_LINE, accession=protein.accession, first=protein.peak,
        )
    )  # fmt: skip


def on_structure(explorer: Explorer, feature: Feature, address: Address) -> str:
    """The structure of that protein, coloured."""
    protein = looked_at(explorer, feature, address)
    if protein is None:
        return ""
    shown = Shown(
        accession=protein.accession,
        sequence=protein.sequence,
        activations=protein.activations,
        what=f"f{feature.feature}",
    )
    arguments = {"feature": feature.feature, "accession": protein.accession}
    saves = [picture_export(shown)]
    if protein.source != "own" and not is_given(address, protein.accession):
        file = f"{protein.accession}-f{feature.feature}.pdb"
        saves.append(Export("PDB", "structure_coloured", arguments, file))
    body = structure_view(explorer, address, shown)
    is_shown = "<ip-structure" in body
    return section("Structure", body, exports=exported(*saves) if is_shown else "")


def _name(protein: LookedAt) -> str:
    return escape(protein.accession) if protein.source == "own" else uniprot_link(protein.accession)
