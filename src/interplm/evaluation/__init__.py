"""Evaluation of an SAE: figures of reconstructions and features, and reconstruction fidelity."""

from interplm.evaluation.fidelity import Fidelity, FidelityBenchmark, InputFidelity
from interplm.evaluation.fidelity_figures import fidelity_figures
from interplm.evaluation.figures import Figure, as_text, read_figures, write_figures
from interplm.evaluation.held_out import fidelity_sequences
from interplm.evaluation.losses import Losses
from interplm.evaluation.matching import check_plm_made
from interplm.evaluation.pairing import Verdict, check_pairing, judge
from interplm.evaluation.reconstruction import reconstruction_figures
from interplm.evaluation.settings import FidelitySettings

__all__ = [
    "Fidelity",
    "FidelityBenchmark",
    "FidelitySettings",
    "Figure",
    "InputFidelity",
    "Losses",
    "Verdict",
    "as_text",
    "check_pairing",
    "check_plm_made",
    "fidelity_figures",
    "fidelity_sequences",
    "judge",
    "read_figures",
    "reconstruction_figures",
    "write_figures",
]
