"""Run folders for the explorer: a synthetic database, an untrained SAE, the bundled PLM."""

import math
import socket
from pathlib import Path

import torch
import yaml

from interplm.sae import ReLUSAE, save_sae
from tests.features.synthetic_database import write_database

LAYER = 3
BIAS = 3.0
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
    # Without training nothing is sparse; a bias makes about one feature in twenty fire.
    sae.b_enc.data.fill_(-BIAS)
    fingerprint = {"plm": "esm2_demo", "layer": LAYER}
    save_sae(sae, folder / "sae", fingerprint=fingerprint)
    plm = {
        "_target_": "interplm.plms.esm2.load_esm2", "name": "esm2_demo", "model": "esm2_demo",
        "weights": {"_target_": "interplm.demo.esm2_demo_weights"},
        "base_url": None, "hub_folder": None, "control": None, "seed": 0,
    }  # fmt: skip
    (folder / "plm.yaml").write_text(yaml.safe_dump(plm))
    write_database(
        folder / "features.duckdb", n_features=n_features, n_proteins=n_proteins, **meta
    )
    return folder


def pdb(sequence: str, *, first: int = 1, chain: str = "A") -> str:
    """Residues of a long bundle of ideal α-helices joined by short turns, as a PDB file."""
    lines = []
    serial = 1
    for index, letter in enumerate(sequence):
        for name, place in backbone_atoms(index).items():
            x, y, z = place
            lines.append(
                f"ATOM  {serial:5d}  {name:<3} {THREE_LETTERS[letter]} {chain}{index + first:4d}    "
                f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00 90.00           {name[0]}"
            )
            serial += 1
    return "\n".join([*lines, "TER", "END", ""])


def backbone_atoms(index: int) -> dict[str, tuple[float, float, float]]:
    """Cα, C and O of one residue; helices of 18 residues go up and down beside one another."""
    helix, step = divmod(index, 18)
    up = helix % 2 == 0
    rise = 1.5 * (step if up else 17 - step)
    angle = math.radians(100 * (step if up else -step))
    centre_x, centre_y = 10.0 * (helix % 4), 10.0 * (helix // 4)

    def at(radius: float, turn: float, along: float) -> tuple[float, float, float]:
        return (
            centre_x + radius * math.cos(angle + turn),
            centre_y + radius * math.sin(angle + turn),
            rise + along,
        )

    return {"CA": at(2.3, 0.0, 0.0), "C": at(1.6, 0.45, 1.0), "O": at(2.0, 0.5, 2.2)}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
