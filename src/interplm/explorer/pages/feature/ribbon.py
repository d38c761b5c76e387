"""The structure of a protein, coloured by a feature."""

import numpy as np

from interplm.explorer.context import Explorer
from interplm.explorer.pages.feature.proteins import example_of
from interplm.explorer.render.markup import data, escape, message, percent, section
from interplm.explorer.render.sequence import activation_legend
from interplm.explorer.structures.backbone import Backbone, facing, read_chains
from interplm.explorer.structures.numbering import Numbering, best_chain
from interplm.explorer.theme import activation_level
from interplm.features.database.records import Feature


def local_structure(explorer: Explorer, feature: Feature, accession: str | None) -> str:
    """The structure from the folder, or how to get one."""
    example = example_of(explorer, feature, accession)
    if example is None:
        return message("Choose a protein above to see its structure.")
    path = explorer.structures.local(example.accession)
    if path is None:
        network = " or ask AlphaFold DB" if explorer.structures.asks_alphafold else ""
        return message(
            f"There is no structure of {example.accession} in the structures folder: "
            f"upload a PDB or mmCIF file{network}."
        )
    text = explorer.structures.read(path)
    return coloured_structure(explorer, feature, example.accession, text, path.name)


def coloured_structure(
    explorer: Explorer, feature: Feature, accession: str | None, text: str, name: str
) -> str:
    """A structure file shown for a protein; one that is of another protein is refused in words.

    Args:
        explorer: of the run.
        feature: whose activations colour it.
        accession: of the protein; None for the strongest example.
        text: of the file.
        name: of the file.

    Raises:
        UserError: for a file that cannot be read.
    """
    example = example_of(explorer, feature, accession)
    if example is None:
        return message("Choose a protein above before giving its structure.")
    protein = explorer.reader.proteins([example.accession])[example.accession]
    chains = read_chains(text, name)
    chain, numbering = best_chain(chains, protein.sequence, accession=protein.accession)
    if not numbering.fits:
        return message(_misfit(name, chain, numbering, protein.accession), kind="error")
    activations = dict(zip(example.positions, example.activations, strict=True))
    levels = [
        activation_level(activations.get(residue, 0.0)) if residue is not None else 0
        for residue in numbering.residues
    ]
    body = _viewer(chain, numbering, levels) + _caption(name, chain, numbering)
    return section(protein.accession, body, name=f"{protein.accession}-structure", wide=True)


def _viewer(chain: Backbone, numbering: Numbering, levels: list[int]) -> str:
    numbers = [residue + 1 if residue is not None else None for residue in numbering.residues]
    turn = facing(chain.ca)
    payload = {
        "ca": (np.array(chain.ca) @ turn).round(2).tolist(),
        "across": (np.array(chain.direction) @ turn).round(2).tolist(),
        "kind": chain.kind,
        "letters": chain.sequence,
        "numbers": numbers,
        "levels": levels,
    }
    return f'<ip-structure data-chain="{data(payload)}"></ip-structure>'


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
    return activation_legend("maximum") + f'<p class="ip-note">{escape(said)}</p>'
