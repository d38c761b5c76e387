"""How densities and thresholds of the features are distributed, in wandb and TensorBoard."""

import lightning as L
import numpy as np
import torch
from torch import Tensor

from interplm.metrics.functional import density_histogram
from interplm.training.loggers import log_histogram
from interplm.training.module import SAELightningModule

# Four bins a decade; rarer features than one in a million residues share the first bin.
_LOG10_EDGES = torch.linspace(-6, 0, 25, dtype=torch.float64)
_N_THRESHOLD_BINS = 32


class FeatureHistograms(L.Callback):
    """Log histograms at validations, and the mean threshold where features have thresholds.

    `validation/log10_density` is that of log10(density) over the validation residues; features that
    never fired are in none of its bins. `validation/threshold` is that of what a pre-activation has
    to exceed, in the SAE's units, for architectures in which each feature has its own.
    `validation/mean_threshold` is a plain metric, which every logger gets.
    """

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Before the module logs and resets its own metrics."""
        if not isinstance(pl_module, SAELightningModule):
            return
        density = pl_module.validation_density
        with density.sync_context():  # every rank must come by
            bins = density_histogram(density.counts, density.n_residues, log10_edges=_LOG10_EDGES)
        thresholds = pl_module.sae.firing_threshold().detach().float().cpu()
        has_thresholds = thresholds.numel() > 1 or bool(thresholds > 0)
        if has_thresholds:
            pl_module.log("validation/mean_threshold", thresholds.mean())
        if not trainer.is_global_zero:
            return
        log_histogram(trainer, "validation/log10_density", bins.cpu(), _LOG10_EDGES)
        if thresholds.numel() > 1:
            log_histogram(trainer, "validation/threshold", *_histogram(thresholds))


def _histogram(values: Tensor) -> tuple[Tensor, Tensor]:
    """Counts and edges of equal bins between the least and the largest value."""
    counts, edges = np.histogram(values.numpy(), bins=_N_THRESHOLD_BINS)
    return torch.from_numpy(counts), torch.from_numpy(edges)
