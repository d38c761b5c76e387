"""Training of a sparse autoencoder in Lightning."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from interplm.errors import UserError
from interplm.metrics import ExplainedVariance, FeatureDensity
from interplm.metrics.functional import explained_variance
from interplm.sae.base import SAELoss, SAEOutput, SparseAutoencoder
from interplm.tracking import AXIS
from interplm.training.checkpoints import CheckedCheckpointIO
from interplm.training.clipping import clip_gradients
from interplm.training.compilation import compiled, mode_of
from interplm.training.feature_activity import FeatureActivity
from interplm.training.hyper_parameters import made_parts, plain_parts
from interplm.training.outliers import OutlierFilter
from interplm.training.precision import in_float32
from interplm.training.random_state import random_state, restore_random_state
from interplm.training.revival import Revival
from interplm.training.schedules import scaled_lr

# Steps between two looks at which features are dead. AuxK and its like may go on with a feature
# for so many steps after it fired again, which is nothing beside the steps it was silent.
_LOOK_EVERY_N_STEPS = 10


class SAELightningModule(L.LightningModule):
    """One SAE, its optimiser and schedules, its dead features, and what is logged.

    Args:
        sae: any architecture.
        optimizer: makes the optimiser of the SAE's parameters.
        scheduler: makes the learning-rate schedule of that optimiser, stepped every step.
        sparsity_schedule: scale of the sparsity penalty, 0..1, at a 0-based step.
        dead_after_residues: a feature that has not fired on so many residues counts as dead.
        revival: what is done about dead features.
        max_norm_multiple: residues with a norm above so many times the median are left out of
            training; None takes all.
        compile: compile the forward pass and the loss with torch.compile, in the mode of that name
            or, for True, in its usual one.
    """

    def __init__(
        self,
        *,
        sae: SparseAutoencoder,
        optimizer: Callable[[Iterable[Tensor]], Optimizer],
        scheduler: Callable[[Optimizer], LRScheduler],
        sparsity_schedule: Callable[[int], float],
        dead_after_residues: int,
        revival: Revival,
        max_norm_multiple: float | None,
        compile: bool | str,
    ) -> None:
        super().__init__()
        self.sae = sae
        self.activity = FeatureActivity(d_sae=sae.d_sae, dead_after_residues=dead_after_residues)
        self.revival = revival
        self.outliers = (
            None
            if max_norm_multiple is None
            else OutlierFilter(max_norm_multiple=max_norm_multiple)
        )
        self._parts = {
            "optimizer": optimizer,
            "scheduler": scheduler,
            "sparsity_schedule": sparsity_schedule,
            "dead_after_residues": dead_after_residues,
            "revival": revival,
            "max_norm_multiple": max_norm_multiple,
            "compile": compile,
        }
        self.n_residues_trained = 0
        self._make_optimizer = optimizer
        self._make_scheduler = scheduler
        self._sparsity_schedule = sparsity_schedule
        self._compile_mode = mode_of(compile)
        self._run = self._run_sae
        self._random_state: dict[str, Any] | None = None
        self._validation_variance = ExplainedVariance(d_in=sae.d_in)
        self.validation_density = FeatureDensity(d_sae=sae.d_sae)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """The optimiser and its schedule."""
        optimizer = self._make_optimizer(self.sae.parameters())
        for group in optimizer.param_groups:
            if not group["lr"] > 0:
                raise UserError(f"optimizer.lr must be a positive number, got {group['lr']}.")
        scheduler = self._make_scheduler(optimizer)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def on_train_start(self) -> None:
        """Compile for the device, and go on with the random numbers of an interrupted run."""
        if self._compile_mode is not None:
            self._run = compiled(self._run_sae, device=self.device, mode=self._compile_mode)
        if self._random_state is not None:
            restore_random_state(self._random_state)

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        """Loss of [n_residues, d_in] activations."""
        step = self.global_step
        if step % _LOOK_EVERY_N_STEPS == 0:
            self.activity.look_()
        # Widened on the device, so that half as many bytes travel to it.
        x = self._without_outliers(batch.float())
        output, loss = self._run(x, self._sparsity_schedule(step), step / self.trainer.max_steps)
        loss = self._with_revival(x, output, loss)
        self.sae.update_(output)
        counts = output.firing_counts()
        fired = self.activity.update(counts, len(x))
        self.revival.observe_(step, self.sae, x, output, fired)
        self.n_residues_trained += len(x)
        if self._is_logging_step():
            self._log_training(x, output, loss, counts)
        return loss.total

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Project decoder gradients before clipping, whose norm is then that of the actual step."""
        self.sae.project_gradients_()

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip fused optimisers in mixed precision too, which Lightning refuses."""
        clip_gradients(
            self.trainer.precision_plugin,
            optimizer,
            value=gradient_clip_val,
            algorithm=gradient_clip_algorithm,
        )

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:  # Any: Lightning's own arguments
        """Step, put the decoder back on its constraint, then let the revival change weights."""
        step, optimizer = self.global_step, self.trainer.optimizers[0]
        with scaled_lr(optimizer, self.revival.lr_scale(step)):
            super().optimizer_step(*args, **kwargs)
        # Not kept until the next step: runs that share a pass wait for one another in between.
        optimizer.zero_grad()
        self.sae.constrain_()
        replaced = self.revival.after_step_(step, self.sae, optimizer)
        if replaced is not None:
            self.activity.restart_(replaced)

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        """Add held-out [n_residues, d_in] activations to the validation metrics."""
        x = batch.float()
        output = self.sae(x)
        self._validation_variance.update(x, output.reconstruction)
        self.validation_density.update(output.firing_counts(), len(x))

    def on_validation_epoch_end(self) -> None:
        """Log the validation metrics over all residues and ranks."""
        self.log(
            "validation/explained_variance",
            self._validation_variance.compute().float(),
            prog_bar=True,
        )
        for name, value in self.validation_density.compute().items():
            self.log(f"validation/{name}", value.float())
        self._log_axis()
        self._validation_variance.reset()
        self.validation_density.reset()

    @classmethod
    def load_from_checkpoint(  # type: ignore[override]  # no hparams_file; Any as in the base class
        cls, checkpoint_path: str | Path, map_location: Any = "cpu", **parts: Any
    ) -> Self:
        """The module as it was when the checkpoint was written.

        Args:
            checkpoint_path: of a run, `checkpoints/last.ckpt`.
            map_location: device to put it on.
            parts: arguments of the constructor that take the place of what the checkpoint says.

        Raises:
            BrokenArtifact: if the checkpoint is damaged.
            ValueError: if it names a part that is not known here.
        """
        path = Path(checkpoint_path)
        checkpoint = CheckedCheckpointIO().load_checkpoint(path, weights_only=True)
        said = checkpoint[cls.CHECKPOINT_HYPER_PARAMS_KEY]
        module = cls(**made_parts(said, given=parts, where=path))
        module.load_state_dict(checkpoint["state_dict"])
        return module.to(map_location)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:  # Any as in the base class
        """Random generators and what the module is, beside what Lightning saves."""
        checkpoint["random_state"] = random_state()
        checkpoint[self.CHECKPOINT_HYPER_PARAMS_KEY] = plain_parts(self.sae, self._parts)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:  # Any as in the base class
        """Kept until training starts, since building what comes before may draw numbers."""
        self._random_state = checkpoint["random_state"]

    def _run_sae(
        self, x: Tensor, sparsity_scale: float, progress: float
    ) -> tuple[SAEOutput, SAELoss]:
        output = self.sae(x)
        # Mixed precision ends with the matrix products: sums of many small numbers need float32.
        with torch.autocast(x.device.type, enabled=False):
            output = in_float32(output)
            return output, self.sae.loss(
                x, output, sparsity_scale=sparsity_scale, progress=progress
            )

    def _with_revival(self, x: Tensor, output: SAEOutput, loss: SAELoss) -> SAELoss:
        dead = self.activity.dead
        if len(dead) == 0:
            return loss
        with torch.autocast(x.device.type, enabled=False):
            term = self.revival.loss(self.sae, x, output, loss, dead)
        if term is None:
            return loss
        return SAELoss(loss.total + term, loss.terms | {self.revival.term: term.detach()})

    def _without_outliers(self, batch: Tensor) -> Tensor:
        if self.outliers is None:
            return batch
        return self.outliers.filter_(batch, self.sae.input_transform(batch).norm(dim=-1))

    def _is_logging_step(self) -> bool:
        every: int = self.trainer.log_every_n_steps  # type: ignore[attr-defined]
        return self.global_step == 0 or (self.global_step + 1) % every == 0

    @torch.no_grad()
    def _log_training(self, x: Tensor, output: SAEOutput, loss: SAELoss, counts: Tensor) -> None:
        shown = {
            "loss": loss.total.detach(),
            "l0": counts.sum() / len(x),
            "explained_variance": explained_variance(x, output.reconstruction).float(),
            "dead_percent": self.activity.dead_percent(),
        }
        self.log_dict({f"train/{name}": value for name, value in shown.items()}, prog_bar=True)
        quiet = {f"train/{name}": value for name, value in loss.terms.items()}
        quiet["train/lr"] = self.trainer.optimizers[0].param_groups[0]["lr"]
        if self.outliers is not None:
            quiet["train/outlier_percent"] = self.outliers.dropped_percent()
        self.log_dict(quiet)
        self._log_axis()

    def _log_axis(self) -> None:
        self.log(AXIS, self.activity.residues_seen.float())
