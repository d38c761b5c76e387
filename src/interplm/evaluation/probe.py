"""Hidden states of a few bundled proteins, at every layer of a PLM."""

from collections.abc import Sequence
from importlib.resources import as_file, files
from typing import Protocol

import torch
from torch import Tensor
from tqdm import tqdm

from interplm.proteins import FastaSource, ProteinRecord

_N_RESIDUES = 768


class ReadsLayers(Protocol):
    """As much of a PLM as is needed here."""

    name: str
    d_model: int
    n_layers: int
    max_residues: int

    def activations(
        self, sequences: Sequence[str], layers: Sequence[int]
    ) -> dict[int, list[Tensor]]:
        """For each layer one tensor [n_residues, d_model] a sequence."""


def probe_sequences() -> list[str]:
    """The bundled proteins: well-known ones of different folds, lengths and organisms."""
    with as_file(files("interplm.evaluation").joinpath("probe_proteins.fasta")) as path:
        source = FastaSource(path=path, name="probe")
        return [r.sequence for r in source.read() if isinstance(r, ProteinRecord)]


@torch.no_grad()
def probe_states(
    plm: ReadsLayers, sequences: Sequence[str] | None = None, *, n_residues: int = _N_RESIDUES
) -> dict[int, Tensor]:
    """States of the same residues, drawn once from all proteins, at layers 0..n_layers.

    Args:
        plm: on the device that is to compute.
        sequences: proteins to take in place of the bundled ones; cut at the model's context.
        n_residues: most residues to keep.

    Returns:
        For each layer float32 [n, d_model], on the CPU.
    """
    proteins = [s[: plm.max_residues] for s in sequences or probe_sequences()]
    total = sum(map(len, proteins))
    drawn = torch.randperm(total, generator=torch.Generator().manual_seed(0))[:n_residues]
    kept = torch.zeros(total, dtype=torch.bool).index_fill(0, drawn, True)
    states: dict[int, list[Tensor]] = {layer: [] for layer in range(plm.n_layers + 1)}
    parts = kept.split([len(protein) for protein in proteins])
    pairs = list(zip(proteins, parts, strict=True))
    for protein, mask in tqdm(pairs, "Probe proteins", leave=False, delay=2):
        found = plm.activations([protein], list(states))
        for layer, (rows,) in found.items():
            states[layer].append(rows.float().cpu()[mask])
    return {layer: torch.cat(rows) for layer, rows in states.items()}
