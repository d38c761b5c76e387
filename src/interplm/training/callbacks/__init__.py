"""What happens beside the training steps, one file each."""

from interplm.training.callbacks.ema import ExponentialMovingAverage
from interplm.training.callbacks.export import ExportSAE

__all__ = ["ExponentialMovingAverage", "ExportSAE"]
