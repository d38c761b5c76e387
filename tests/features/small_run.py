"""A finished run with a tiny SAE, stored activations, and annotations that its features find."""

from pathlib import Path

import numpy as np
import torch
from tests.activations.stores import fingerprint, write_store
from tests.concepts.tables import written

from interplm.runtime.configs import compose
from interplm.runtime.plm_record import plm_record
from interplm.runtime.run_folder import RunFolder
from interplm.sae import ReLUSAE, save_sae

N = 120
LENGTHS = np.random.default_rng(3).integers(20, 50, size=N)
D_MODEL = 4
ABOVE = 1.2


def store_folder(data: Path) -> Path:
    return data / "activations" / "small" / "layer_3" / "annotated"


def identity_sae() -> ReLUSAE:
    """Features are the neurons, then the same with the other sign; the last never fires."""
    sae = ReLUSAE(d_in=D_MODEL, d_sae=2 * D_MODEL + 1, l1_coefficient=0.1, reconstruction="l2")
    weights = torch.cat([torch.eye(D_MODEL), -torch.eye(D_MODEL)])
    with torch.no_grad():
        sae.W_enc[:, :-1] = weights.T
        sae.W_dec[:-1] = weights
        sae.W_enc[:, -1] = 0
        sae.b_enc[-1] = -1
    return sae


def plm_settings(name: str) -> list[str]:
    """What makes a PLM of that name of esm2_8m."""
    _, control, seed = name.partition("_untrained")
    return ["plm.control=untrained", f"plm.seed={seed}"] if control else [f"plm.name={name}"]


def write_run(folder: Path, **trained_on) -> RunFolder:
    run = RunFolder(folder)
    plm = trained_on.get("plm", "small")
    with run.claimed({"seed": 0, "activations": {"plm": plm, "layer": 3}}, fresh=False):
        save_sae(
            identity_sae(),
            run.sae,
            fingerprint=fingerprint(d_model=D_MODEL, dtype="float32").as_dict() | trained_on,
        )
        record = plm_record(compose("embed", *plm_settings(plm)).plm)
        run.record_inputs({"plm": record, "dataset": "annotated"})
        run.finish({"steps": 1, "explained_variance": 0.9, "l0": 4.0})
    return run


def write_annotations(path: Path, rows: list[np.ndarray]) -> Path:
    """Phosphoserines where neuron 0 is high, helices anywhere, and kinases where 1 is high."""
    rng = np.random.default_rng(1)
    entries = []
    for number, x in enumerate(rows):
        sites = np.flatnonzero(x[:, 0] > ABOVE) + 1
        start = int(rng.integers(1, len(x) - 8))
        entries.append(
            {
                "Entry": f"P{number}", "Reviewed": "reviewed", "Protein names": f"Protein {number}",
                "Sequence": "".join(rng.choice(list("ACDEFGHIKLMNPQRSTVWY"), size=len(x))),
                "EC number": "2.7.11.1" if x[:, 1].max() > 2.2 else "",
                "Modified residue": "; ".join(
                    f'MOD_RES {site}; /note="Phosphoserine"; /evidence="ECO:0000269"'
                    for site in sites
                ),
                "Helix": f"HELIX {start}..{start + 6}; HELIX ?..4",
                "AlphaFoldDB": f"P{number};" if number % 2 else "",
            }
        )  # fmt: skip
    return written(path, entries)


def write_all(data: Path) -> tuple[RunFolder, Path, list[np.ndarray]]:
    """Run, table of annotations, and the activations of each protein."""
    shards = [LENGTHS[:50].tolist(), LENGTHS[50:].tolist()]
    rows = write_store(store_folder(data), shards, dtype="float32", d_model=D_MODEL)
    return write_run(data / "run"), write_annotations(data / "annotated.tsv", rows), rows
