"""A structure file whose B-factors are activations, for PyMOL, ChimeraX and others to colour."""

from collections.abc import Mapping

import gemmi

from interplm.explorer.structures.backbone import is_mmcif, read_chains
from interplm.explorer.structures.numbering import best_chain


def with_activations(
    text: str, name: str, *, protein: str, accession: str, activations: Mapping[int, float]
) -> str:
    """The first model of a structure as PDB text; B-factors are activations times 100.

    Atoms of the chain that is the protein carry their residue's activation, all others 0.

    Args:
        text: of a PDB or mmCIF file.
        name: of the file, for messages.
        protein: sequence of the protein.
        accession: of the protein.
        activations: 0-based residue to fraction of the feature's maximum.

    Raises:
        MalformedInput: if the file is no structure of a protein.
    """
    chain, numbering = best_chain(read_chains(text, name), protein, accession=accession)
    residues = dict(zip(chain.ids, numbering.residues, strict=True))
    form = gemmi.CoorFormat.Mmcif if is_mmcif(text) else gemmi.CoorFormat.Pdb
    structure = gemmi.read_structure_string(text, format=form)
    del structure[1:]
    for other in structure[0]:
        for residue in other:
            place = residues.get(str(residue.seqid)) if other.name == chain.name else None
            value = 0.0 if place is None else 100.0 * activations.get(place, 0.0)
            for atom in residue:
                atom.b_iso = value
    structure.setup_entities()
    made: str = structure.make_pdb_string()
    return made
