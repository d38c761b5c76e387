"""What happens beside the training steps, one file each."""

from interplm.training.callbacks.checkpoint import RunCheckpoint
from interplm.training.callbacks.clock import TrainingClock
from interplm.training.callbacks.ema import ExponentialMovingAverage
from interplm.training.callbacks.export import ExportSAE
from interplm.training.callbacks.fidelity import ReconstructionFidelity
from interplm.training.callbacks.histograms import FeatureHistograms
from interplm.training.callbacks.progress import TrainingProgress
from interplm.training.callbacks.pruning import Pruned, Pruning

__all__ = [
    "ExponentialMovingAverage",
    "ExportSAE",
    "FeatureHistograms",
    "Pruned",
    "Pruning",
    "ReconstructionFidelity",
    "RunCheckpoint",
    "TrainingClock",
    "TrainingProgress",
]
