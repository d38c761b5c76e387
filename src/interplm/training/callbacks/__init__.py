"""What happens beside the training steps, one file each."""

from interplm.training.callbacks.export import ExportSAE

__all__ = ["ExportSAE"]
