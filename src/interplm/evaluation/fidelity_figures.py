"""Reconstruction fidelity as rows of the table of figures."""

from interplm.evaluation.fidelity import Fidelity
from interplm.evaluation.figures import Figure

_MASKED = "_masked"
_DESCRIPTIONS = {
    "loss_recovered": "1 - (CE_sae - CE_original) / (CE_zero - CE_original), unclipped",
    "loss_recovered_vs_mean": "the same against the mean state instead of zeros; harder",
    "loss_recovered_per_sequence": "as loss_recovered, from means of each sequence's mean loss",
    "kl": "KL(original ‖ with reconstructions), nats a residue; 0 is perfect",
    "cross_entropy_sae": "with reconstructions, nats a residue",
    "cross_entropy_original": "of the PLM as it is, nats a residue",
    "cross_entropy_zero": "with zeros at the layer, nats a residue",
    "cross_entropy_mean": "with the mean state at the layer, nats a residue",
}


def fidelity_figures(fidelity: Fidelity) -> list[Figure]:
    """A row for each figure, plain input first."""
    return [
        Figure(name, value, "logits", _description(name))
        for name, value in fidelity.figures().items()
    ]


def _description(name: str) -> str:
    where = "masked residues" if name.endswith(_MASKED) else "all residues, nothing masked"
    return f"{_DESCRIPTIONS[name.removesuffix(_MASKED)]} ({where})"
