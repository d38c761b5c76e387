"""A protein structure reduced to what the viewer draws."""

from dataclasses import dataclass

import gemmi
import numpy as np

from interplm.errors import MalformedInput
from interplm.explorer.structures.secondary import secondary_structure

# By chain and residue number, which gemmi says may be missing.
_Kinds = dict[tuple[str, int | None], str]


@dataclass(frozen=True, slots=True)
class Backbone:
    """One chain, residue by residue.

    Attributes:
        name: of the chain.
        sequence: of the residues that have coordinates.
        ca: Cα coordinates, Å.
        direction: unit vectors from C to its carbonyl O, along which a ribbon is wide.
        kind: "h" helix, "e" strand or "c" coil, one letter a residue.
    """

    name: str
    sequence: str
    ca: list[tuple[float, float, float]]
    direction: list[tuple[float, float, float]]
    kind: str


def read_chains(text: str, name: str) -> list[Backbone]:
    """Protein chains of the first model of a PDB or mmCIF file.

    Args:
        text: of the file.
        name: of the file, for messages.

    Raises:
        MalformedInput: if it is neither, or holds no protein chain.
    """
    mend = "give a PDB or mmCIF file of a protein."
    try:
        is_mmcif = text.lstrip().startswith("data_") or "\n_atom_site." in text
        form = gemmi.CoorFormat.Mmcif if is_mmcif else gemmi.CoorFormat.Pdb
        structure = gemmi.read_structure_string(text, format=form)
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise MalformedInput(f"{name} could not be read ({reason}): {mend}") from error
    structure.setup_entities()
    stated = _stated(structure)
    chains = [
        backbone
        for chain in (structure[0] if len(structure) else ())
        if (backbone := _backbone(chain, stated)) is not None
    ]
    if not chains:
        raise MalformedInput(f"{name} holds no protein chain with Cα atoms: {mend}")
    return chains


def facing(ca: list[tuple[float, float, float]]) -> np.ndarray:
    """The turn [3, 3] that shows a chain at its broadest: longest axis across, shortest in depth.

    Coordinates times it are turned; it never mirrors.
    """
    places = np.array(ca) - np.mean(ca, axis=0)
    turn: np.ndarray = np.linalg.svd(places, full_matrices=True)[2].T
    turn[:, 2] *= np.linalg.det(turn)
    return turn


def _backbone(chain: gemmi.Chain, stated: _Kinds) -> Backbone | None:
    residues = [(residue, residue.get_ca()) for residue in chain.get_polymer()]
    present = [(residue, alpha) for residue, alpha in residues if alpha is not None]
    if not present:
        return None
    ca = [_rounded(alpha.pos) for _, alpha in present]
    kind = "".join(stated.get((chain.name, residue.seqid.num), "c") for residue, _ in present)
    return Backbone(
        name=chain.name,
        sequence="".join(_letter(residue) for residue, _ in present),
        ca=ca,
        direction=[_across(residue) for residue, _ in present],
        kind=kind if stated else secondary_structure(ca),
    )


def _letter(residue: gemmi.Residue) -> str:
    code = gemmi.find_tabulated_residue(residue.name).one_letter_code.upper()
    return code if code.isalpha() else "X"


def _across(residue: gemmi.Residue) -> tuple[float, float, float]:
    carbonyl, oxygen = residue.find_atom("C", "*"), residue.find_atom("O", "*")
    if carbonyl is None or oxygen is None:
        return (0.0, 0.0, 1.0)
    return _rounded((oxygen.pos - carbonyl.pos).normalized())


def _rounded(vector: gemmi.Vec3) -> tuple[float, float, float]:
    return (round(vector.x, 2), round(vector.y, 2), round(vector.z, 2))


def _stated(structure: gemmi.Structure) -> _Kinds:
    """Helices and strands as the file states them, by chain and residue number."""
    kinds: _Kinds = {}
    for helix in structure.helices:
        _mark(kinds, helix.start, helix.end, "h")
    for sheet in structure.sheets:
        for strand in sheet.strands:
            _mark(kinds, strand.start, strand.end, "e")
    return kinds


def _mark(kinds: _Kinds, start: gemmi.AtomAddress, end: gemmi.AtomAddress, kind: str) -> None:
    first, last = start.res_id.seqid.num, end.res_id.seqid.num
    if first is not None and last is not None:
        kinds.update(dict.fromkeys(((start.chain_name, n) for n in range(first, last + 1)), kind))
