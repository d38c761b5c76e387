"""The distribution of feature densities on the wandb dashboard."""

import lightning as L
import numpy as np
import torch
from lightning.pytorch.loggers import WandbLogger

from interplm.metrics.functional import density_histogram
from interplm.training.module import SAELightningModule

# Four bins a decade; rarer features than one in a million residues share the first bin.
_LOG10_EDGES = torch.linspace(-6, 0, 25, dtype=torch.float64)


class LogDensityHistogram(L.Callback):
    """Log a histogram of log10(density) over the validation residues to wandb loggers.

    Features that never fired are in none of its bins. Without a wandb logger it does nothing.
    """

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Before the module logs and resets its own metrics."""
        loggers = [logger for logger in trainer.loggers if isinstance(logger, WandbLogger)]
        if not loggers or not isinstance(pl_module, SAELightningModule):
            return
        density = pl_module.validation_density
        with density.sync_context():  # every rank must come by
            bins = density_histogram(density.counts, density.n_residues, log10_edges=_LOG10_EDGES)
        if not trainer.is_global_zero:
            return
        import wandb

        histogram = wandb.Histogram(np_histogram=(bins.cpu().numpy(), np.asarray(_LOG10_EDGES)))
        for logger in loggers:
            logger.experiment.log(
                {"validation/log10_density": histogram, "trainer/global_step": trainer.global_step}
            )
