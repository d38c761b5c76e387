"""The structure of a protein, coloured by a feature, wherever the structure comes from."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from interplm.errors import MalformedInput
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.render.exports import Export
from interplm.explorer.render.markup import data, escape, message, percent
from interplm.explorer.render.ribbon import ribbon
from interplm.explorer.structures.backbone import Backbone, read_chains
from interplm.explorer.structures.numbering import Numbering, best_chain

# Entries of the address on which a view depends, besides those that say which protein it is.
NEEDS = ("alphafold", "structure", "structure_name", "structure_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A protein with what a feature does on it.

    Attributes:
        accession: of the protein, or what stands for it.
        sequence: residues.
        activations: 0-based residue to fraction of the feature's maximum.
        what: the feature, for names of files.
    """

    accession: str
    sequence: str
    activations: Mapping[int, float]
    what: str


def structure_view(explorer: Explorer, address: Address, shown: Shown) -> str:
    """Sources to choose from, and the structure of the one in the address, coloured.

    Raises:
        UserError: for a file that cannot be read, or that cannot be had.
    """
    found = _found(explorer, address, shown)
    sources = _sources(explorer, shown.accession)
    if found is None:
        network = " or ask AlphaFold DB" if explorer.structures.asks_about(shown.accession) else ""
        return sources + message(
            f"There is no structure of {shown.accession} in the structures folder: open a PDB or "
            f"mmCIF file{network}."
        )
    text, name = found
    chain, numbering = best_chain(
        read_chains(text, name), shown.sequence, accession=shown.accession
    )
    if not numbering.fits:
        return sources + message(_misfit(name, chain, numbering, shown.accession), kind="error")
    return (
        ribbon(chain, numbering, shown.activations)
        + f'<p class="ip-note">{escape(_caption(name, chain, numbering))}</p>'
        + sources
    )


def picture_export(shown: Shown) -> Export:
    """The structure as it was turned."""
    return Export("PNG", canvas=True, file=f"{shown.accession}-{shown.what}.png")


def is_given(address: Address, accession: str) -> bool:
    """Whether a structure file of that protein came with the question."""
    return address.has("structure") and address.entries.get("structure_of") == accession


def given_structure(explorer: Explorer, address: Address, accession: str) -> tuple[str, str] | None:
    """Text and name of the structure file of a protein that came with the question, if one did.

    Raises:
        MalformedInput: if it is too large, or no file at all.
    """
    if not is_given(address, accession):
        return None
    name = address.text("structure_name") or "the file"
    encoded = str(address.entries["structure"])
    most = explorer.max_upload_bytes
    if len(encoded) * 3 // 4 > most + 3:
        raise MalformedInput(
            f"{name} is larger than {most / 1e6:.0f} MB, the limit: give a smaller one."
        )
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedInput(f"{name} did not arrive whole: choose it again.") from error
    return explorer.structures.text_of(content, name), name


def _found(explorer: Explorer, address: Address, shown: Shown) -> tuple[str, str] | None:
    """The structure given, AlphaFold DB's if asked for this protein, or that of the folder."""
    given = given_structure(explorer, address, shown.accession)
    if given is not None:
        return given
    path = explorer.structures.local(shown.accession)
    if path is None and address.text("alphafold") == shown.accession:
        path = explorer.structures.fetch(shown.accession, shown.sequence)
    return None if path is None else (explorer.structures.read(path), path.name)


def _sources(explorer: Explorer, accession: str) -> str:
    """Where else a structure may come from."""
    goes = data({"alphafold": accession})
    alphafold = (
        f'<button type="button" class="ip-button" data-go="{goes}">Ask AlphaFold DB</button>'
        if explorer.structures.asks_about(accession)
        else ""
    )
    return (
        '<div class="ip-controls"><label class="ip-button">Open PDB or mmCIF'
        f'<input type="file" data-attach="structure" data-of="{escape(accession)}" '
        f'data-most="{explorer.max_upload_bytes}" accept=".pdb,.cif,.ent,.gz"></label>'
        f"{alphafold}</div>"
    )


def _misfit(name: str, chain: Backbone, numbering: Numbering, accession: str) -> str:
    common = (
        f"only {numbering.n_matches:,} residues in common with it"
        if numbering.is_short
        else f"only {percent(numbering.identity)} of its aligned residues in common"
    )
    return (
        f"{name} does not fit {accession}: its best chain ({chain.name}) has {common}. Give a "
        "structure of this protein."
    )


def _caption(name: str, chain: Backbone, numbering: Numbering) -> str:
    by = {"numbers": "numbered as in the file", "alignment": "numbered by alignment"}
    said = (
        f"{name}, chain {chain.name}: {percent(numbering.coverage)} of the protein, "
        f"{percent(numbering.identity)} identical to its sequence, {by[numbering.source]}."
    )
    if numbering.n_places > 1:
        said += (
            f" It fits at {numbering.n_places} places of this protein equally well and nothing in "
            "the file says which is meant: the first is coloured."
        )
    return said
