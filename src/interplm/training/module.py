"""Training of a sparse autoencoder in Lightning."""

from collections.abc import Callable, Iterable
from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from interplm.metrics import ExplainedVariance, FeatureDensity
from interplm.metrics.functional import explained_variance
from interplm.sae.base import SAELoss, SAEOutput, SparseAutoencoder
from interplm.training.feature_activity import FeatureActivity


class SAELightningModule(L.LightningModule):
    """One SAE, its optimiser and schedules, and what is logged.

    Args:
        sae: any architecture.
        optimizer: makes the optimiser of the SAE's parameters.
        scheduler: makes the learning-rate schedule of that optimiser, stepped every step.
        sparsity_schedule: scale of the sparsity penalty, 0..1, at a 0-based step.
        dead_after_residues: a feature that has not fired on so many residues counts as dead.
    """

    def __init__(
        self,
        *,
        sae: SparseAutoencoder,
        optimizer: Callable[[Iterable[Tensor]], Optimizer],
        scheduler: Callable[[Optimizer], LRScheduler],
        sparsity_schedule: Callable[[int], float],
        dead_after_residues: int,
    ) -> None:
        super().__init__()
        self.sae = sae
        self.activity = FeatureActivity(d_sae=sae.d_sae, dead_after_residues=dead_after_residues)
        self._make_optimizer = optimizer
        self._make_scheduler = scheduler
        self._sparsity_schedule = sparsity_schedule
        self._validation_variance = ExplainedVariance(d_in=sae.d_in)
        self._validation_density = FeatureDensity(d_sae=sae.d_sae)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """The optimiser and its schedule."""
        optimizer = self._make_optimizer(self.sae.parameters())
        scheduler = self._make_scheduler(optimizer)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        """Loss of [n_residues, d_in] activations."""
        output = self.sae(batch)
        loss = self.sae.loss(
            batch,
            output,
            sparsity_scale=self._sparsity_schedule(self.global_step),
            progress=self.global_step / self.trainer.max_steps,
        )
        self.sae.update_(output)
        counts = self.activity.update(output.features)
        if self._is_logging_step():
            self._log_training(batch, output, loss, counts)
        return loss.total

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """The decoder's constraint comes before clipping, which then sees the real step."""
        self.sae.project_gradients_()

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:  # Any: Lightning's own arguments
        """Step, then put the decoder back on its constraint."""
        super().optimizer_step(*args, **kwargs)
        self.sae.constrain_()

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        """Add held-out [n_residues, d_in] activations to the validation metrics."""
        output = self.sae(batch)
        self._validation_variance.update(batch, output.reconstruction)
        self._validation_density.update(output.features)

    def on_validation_epoch_end(self) -> None:
        """Log the validation metrics over all residues and ranks."""
        self.log(
            "validation/explained_variance",
            self._validation_variance.compute().float(),
            prog_bar=True,
        )
        for name, value in self._validation_density.compute().items():
            self.log(f"validation/{name}", value.float())
        self._validation_variance.reset()
        self._validation_density.reset()

    def _is_logging_step(self) -> bool:
        every: int = self.trainer.log_every_n_steps  # type: ignore[attr-defined]
        return self.global_step == 0 or (self.global_step + 1) % every == 0

    @torch.no_grad()
    def _log_training(self, x: Tensor, output: SAEOutput, loss: SAELoss, counts: Tensor) -> None:
        dead = self.activity.dead()
        shown = {
            "loss": loss.total.detach(),
            "l0": counts.sum() / len(x),
            "explained_variance": explained_variance(x, output.reconstruction).float(),
            "dead_percent": 100.0 * (0.0 if dead is None else dead.float().mean()),
        }
        self.log_dict({f"train/{name}": value for name, value in shown.items()}, prog_bar=True)
        quiet = {f"train/{name}": value for name, value in loss.terms.items()}
        lr = self.trainer.optimizers[0].param_groups[0]["lr"]
        self.log_dict(quiet | {"train/lr": lr})
