"""Run folders for the explorer: a synthetic database, an untrained SAE, the bundled PLM."""

import math
import socket
from pathlib import Path

import torch
from tests.features.synthetic_database import write_database

from interplm.demo import esm2_demo_weights, generate_proteome
from interplm.plms.esm2 import load_esm2
from interplm.runtime.run_folder import RunFolder
from interplm.sae import ReLUSAE, save_sae

LAYER = 3
THREE_LETTERS = {
    "A": "ALA", "R": "ARG", "N": "ASN", "D": "ASP", "C": "CYS", "Q": "GLN", "E": "GLU",
    "G": "GLY", "H": "HIS", "I": "ILE", "L": "LEU", "K": "LYS", "M": "MET", "F": "PHE",
    "P": "PRO", "S": "SER", "T": "THR", "W": "TRP", "Y": "TYR", "V": "VAL",
}  # fmt: skip


def make_run(folder: Path, *, n_features: int = 128, n_proteins: int = 300, **meta: object) -> Path:
    """A folder as `train` and `score` leave it."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    sae = ReLUSAE(d_in=112, d_sae=n_features, l1_coefficient=0.08, reconstruction="l2")
    plm = load_esm2(
        name="esm2_demo", model="esm2_demo", weights=esm2_demo_weights(), base_url=None,
        hub_folder=None, control=None, seed=0,
    )  # fmt: skip
    with torch.no_grad():
        sequences = [p.sequence for p in generate_proteome(n_proteins=20, seed=0)]
        states = torch.cat(plm.activations(sequences, [LAYER])[LAYER])
        sae.input_transform.mean.copy_(states.mean(dim=0))
        # Without training nothing is sparse; a bias makes about one feature in twenty fire.
        sae.b_enc.fill_(-1.6 * float(sae.pre_activations(states).std()))
        scales = sae.encode(states).amax(dim=0).clamp_min(1e-3).numpy()
    fingerprint = {"plm": "esm2_demo", "layer": LAYER}
    save_sae(sae, folder / "sae", fingerprint=fingerprint)
    loading = {
        "_target_": "interplm.plms.esm2.load_esm2", "name": "esm2_demo", "model": "esm2_demo",
        "weights": {"_target_": "interplm.demo.esm2_demo_weights"},
        "base_url": None, "hub_folder": None, "control": None, "seed": 0,
    }  # fmt: skip
    RunFolder(folder).record_inputs({"plm": {"model": loading}})
    write_database(
        folder / "score" / "features.duckdb", n_features=n_features, n_proteins=n_proteins,
        scales=scales, **meta,
    )  # fmt: skip
    return folder


def pdb(sequence: str, *, first: int = 1, chain: str = "A") -> str:
    """Residues of one α-helix whose axis winds up a wider screw, as a PDB file."""
    lines = []
    for index, letter in enumerate(sequence):
        for name, (x, y, z) in backbone_atoms(index).items():
            lines.append(
                f"ATOM  {len(lines) + 1:5d}  {name:<3} {THREE_LETTERS[letter]} {chain}"
                f"{index + first:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00 90.00           {name[0]}"
            )
    return "\n".join([*lines, "TER", "END", ""])


def backbone_atoms(index: int) -> dict[str, tuple[float, float, float]]:
    """Cα, C and O of one residue of an ideal helix: 1.5 Å and 100° a residue."""
    return {
        "CA": _on_screw(index, 2.3, 0.0, 0.0),
        "C": _on_screw(index, 1.7, 0.45, 1.0),
        "O": _on_screw(index, 2.0, 0.5, 2.2),
    }


def _on_screw(index: int, radius: float, turn: float, rise: float) -> tuple[float, float, float]:
    along, angle = (1.5 * index + rise) / 18.0, math.radians(100 * index) + turn
    outwards = (math.cos(along), math.sin(along), 0.0)
    aside = (0.27 * math.sin(along), -0.27 * math.cos(along), 0.96)
    axis = (17.3 * outwards[0], 17.3 * outwards[1], 5.0 * along)
    x, y, z = (
        a + radius * (math.cos(angle) * o + math.sin(angle) * s)
        for a, o, s in zip(axis, outwards, aside, strict=True)
    )
    return x, y, z


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
