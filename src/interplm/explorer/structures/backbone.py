"""A protein structure reduced to what the viewer draws."""

import math
from dataclasses import dataclass

import gemmi
import numpy as np

from interplm.errors import MalformedInput
from interplm.explorer.structures.references import Reference, references_of
from interplm.explorer.structures.secondary import secondary_structure

# A residue by chain, number and insertion code; gemmi says that a number may be missing.
_Place = tuple[str, int | None, str]
_Kinds = dict[_Place, str]
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Backbone:
    """One chain, residue by residue.

    Attributes:
        name: of the chain.
        sequence: of the residues that have coordinates.
        ca: Cα coordinates, Å.
        direction: unit vectors from C to its carbonyl O, along which a ribbon is wide.
        kind: "h" helix, "e" strand or "c" coil, one letter a residue.
        ids: number and insertion code of each residue, as the file writes them.
        author: number of each residue as the file's author counts; None where a letter tells it
            from another of that number.
        label: number of each residue among all that the file names for the chain, from 1.
        n_named: how many the file names for the chain, with coordinates or without; 0 if it
            does not say.
        references: stretches of proteins of a database that the file says the chain is made of.
    """

    name: str
    sequence: str
    ca: list[Point]
    direction: list[Point]
    kind: str
    ids: list[str]
    author: list[int | None]
    label: list[int | None]
    n_named: int
    references: list[Reference]


def read_chains(text: str, name: str) -> list[Backbone]:
    """Protein chains of the first model of a PDB or mmCIF file.

    Of several residues at one place the first is read; residues without coordinates are not.

    Args:
        text: of the file.
        name: of the file, for messages.

    Raises:
        MalformedInput: if it is neither, or holds no protein chain.
    """
    mend = "give a PDB or mmCIF file of a protein."
    try:
        # Names in the file are decoded when they are asked for, so all of it is here.
        chains = _chains(text.lstrip("\ufeff"))
    except (RuntimeError, ValueError, IndexError) as error:
        reason = " ".join(str(error).split())
        raise MalformedInput(f"{name} could not be read ({reason}): {mend}") from error
    if not chains:
        raise MalformedInput(f"{name} holds no protein chain with Cα atoms: {mend}")
    return chains


def _chains(text: str) -> list[Backbone]:
    form = gemmi.CoorFormat.Mmcif if is_mmcif(text) else gemmi.CoorFormat.Pdb
    structure = gemmi.read_structure_string(text, format=form)
    references = references_of(text, is_mmcif=is_mmcif(text))
    structure.setup_entities()
    structure.assign_label_seq_id()
    stated = _stated(structure)
    return [
        backbone
        for chain in (structure[0] if len(structure) else ())
        if (
            backbone := _backbone(
                chain, stated, _n_named(structure, chain), references.get(chain.name, [])
            )
        )
        is not None
    ]


def is_mmcif(text: str) -> bool:
    """Whether a structure file is mmCIF, by its content."""
    return text.lstrip("\ufeff \t\r\n")[:5].lower() == "data_" or "\n_atom_site." in text


def facing(ca: list[Point]) -> np.ndarray:
    """The turn [3, 3] that shows a chain at its broadest: longest axis across, shortest in depth.

    Coordinates times it are turned; it never mirrors.
    """
    places = np.array(ca) - np.mean(ca, axis=0)
    turn: np.ndarray = np.linalg.svd(places, full_matrices=True)[2].T
    turn[:, 2] *= np.linalg.det(turn)
    return turn


def _n_named(structure: gemmi.Structure, chain: gemmi.Chain) -> int:
    entity = structure.get_entity_of(chain.get_polymer())
    return 0 if entity is None else len(entity.full_sequence)


def _backbone(
    chain: gemmi.Chain, stated: _Kinds, n_named: int, references: list[Reference]
) -> Backbone | None:
    present = [
        (residue, _rounded(alpha.pos))
        for residue in chain.get_polymer().first_conformer()
        if (alpha := residue.get_ca()) is not None and _is_finite(alpha.pos)
    ]
    if not present:
        return None
    ca = [place for _, place in present]
    kind = "".join(stated.get(_place(chain, residue), "c") for residue, _ in present)
    return Backbone(
        name=chain.name,
        sequence="".join(_letter(residue) for residue, _ in present),
        ca=ca,
        direction=[_across(residue) for residue, _ in present],
        kind=kind if stated else secondary_structure(ca),
        ids=[str(residue.seqid) for residue, _ in present],
        author=[_number(residue) for residue, _ in present],
        label=[residue.label_seq for residue, _ in present],
        n_named=n_named,
        references=references,
    )


def _letter(residue: gemmi.Residue) -> str:
    code = gemmi.find_tabulated_residue(residue.name).one_letter_code.upper()
    return code if code.isalpha() else "X"


def _number(residue: gemmi.Residue) -> int | None:
    return residue.seqid.num if residue.seqid.icode == " " else None


def _place(chain: gemmi.Chain, residue: gemmi.Residue) -> _Place:
    return (chain.name, residue.seqid.num, residue.seqid.icode)


def _across(residue: gemmi.Residue) -> Point:
    carbonyl, oxygen = residue.find_atom("C", "*"), residue.find_atom("O", "*")
    if carbonyl is not None and oxygen is not None:
        direction = (oxygen.pos - carbonyl.pos).normalized()
        if _is_finite(direction):
            return _rounded(direction)
    return (0.0, 0.0, 1.0)


def _is_finite(vector: gemmi.Vec3) -> bool:
    return all(map(math.isfinite, (vector.x, vector.y, vector.z)))


def _rounded(vector: gemmi.Vec3) -> Point:
    return (round(vector.x, 2), round(vector.y, 2), round(vector.z, 2))


def _stated(structure: gemmi.Structure) -> _Kinds:
    """Helices and strands as the file states them, residue by residue."""
    kinds: _Kinds = {}
    spans = [(helix.start, helix.end, "h") for helix in structure.helices]
    spans += [
        (strand.start, strand.end, "e") for sheet in structure.sheets for strand in sheet.strands
    ]
    for start, end, kind in spans:
        chain = structure[0].find_chain(start.chain_name) if len(structure) else None
        places = [_place(chain, residue) for residue in chain] if chain is not None else []
        first, last = _address(start), _address(end)
        if first in places and last in places:
            span = places[places.index(first) : places.index(last) + 1]
            kinds.update(dict.fromkeys(span, kind))
    return kinds


def _address(atom: gemmi.AtomAddress) -> _Place:
    return (atom.chain_name, atom.res_id.seqid.num, atom.res_id.seqid.icode)
