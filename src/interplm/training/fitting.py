"""One training run, from its parts to its figures."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import lightning as L
import torch
from torch import Tensor

from interplm.activations import ActivationSource, ActivationStatistics
from interplm.activations.source import check_source
from interplm.errors import UserError
from interplm.sae import SparseAutoencoder
from interplm.sae.input_transform import AffineTransform, ResidueStandardisation, Scaling
from interplm.training.callbacks.clock import TrainingClock
from interplm.training.checkpoints import step_of
from interplm.training.metrics_csv import MetricsCSV
from interplm.training.module import SAELightningModule
from interplm.training.ranks import leaving_no_ranks
from interplm.training.stopping import leaving_when_stopped

log = logging.getLogger(__name__)

# Above this ratio of mean to width, many features of an uncentred SAE are dead from the start
# (arXiv:2605.31518).
_HIGH_GAMMA = 1.0

# Of InterProt's normalisation (interprot/sae_model.py).
_STANDARDISATION_EPS = 1e-5

# Residues whose norms give the median that outliers are measured by.
_N_MEDIAN_RESIDUES = 65_536

# Precisions that keep the weights themselves in 16 bits, where small steps are rounded away.
_ROUNDED_WEIGHTS = ("bf16-true", "16-true", "transformer-engine", "transformer-engine-float16")


def fit_input_transform(
    sae: SparseAutoencoder,
    statistics: ActivationStatistics,
    *,
    centre: bool,
    scaling: Scaling | Literal["residue"],
) -> None:
    """Set the SAE's centring and scaling from the moments of its inputs, and report γ.

    Args:
        sae: not trained yet.
        statistics: of the activations.
        centre: subtract the mean activation.
        scaling: "rms" or "none", see AffineTransform; "residue" standardises each residue by itself
            instead, see ResidueStandardisation, as InterProt does.

    Raises:
        UserError: if residues are to be both centred and standardised.
    """
    gamma = statistics.gamma
    log.info("%s, γ = ‖μ‖/‖σ‖ = %.2f", statistics, gamma)
    if scaling == "residue":
        if centre:
            raise UserError(
                "input_transform.scaling=residue takes the mean of each residue away, which leaves "
                "nothing to centre: add input_transform.centre=false."
            )
        sae.input_transform = ResidueStandardisation(
            sae.d_in, eps=_STANDARDISATION_EPS, correction=1, undone=True
        )
        return
    if gamma > _HIGH_GAMMA and not centre:
        log.warning(
            "γ is above %.1f and the input is not centred: many features may be dead from the "
            "start. input_transform.centre=true mends it.",
            _HIGH_GAMMA,
        )
    mean = torch.from_numpy(statistics.mean).float()
    variance = torch.from_numpy(statistics.variance).float()
    transform = AffineTransform(sae.d_in)
    transform.fit_(mean, variance, centre=centre, scaling=scaling)
    sae.input_transform = transform


def fit_outlier_filter(module: SAELightningModule, data: ActivationSource) -> None:
    """Set the norm above which residues are left out, and report it; nothing without a filter.

    The median is that of ‖t(x)‖ over the first 65,536 residues of the first epoch's order, the
    same for every rank.

    Args:
        module: its SAE's input transform is fitted.
        data: its activations.
    """
    if module.outliers is None:
        return
    norms: list[Tensor] = []
    for batch in data.train_dataloader():
        norms.append(module.sae.input_transform(batch.float()).norm(dim=-1))
        if sum(map(len, norms)) >= _N_MEDIAN_RESIDUES:
            break
    module.outliers.fit_(torch.cat(norms))
    log.info("Residues with a norm above %.4g are left out", float(module.outliers.limit))


def fit(
    trainer: L.Trainer,
    module: SAELightningModule,
    data: ActivationSource,
    *,
    checkpoint: Path | None,
) -> dict[str, float]:
    """Train to `max_steps`, from a checkpoint if there is one, and evaluate on validation proteins.

    Args:
        trainer: Lightning's.
        module: SAE and optimisation.
        data: its activations.
        checkpoint: of the interrupted run.

    Returns:
        Plain figures: explained_variance, l0, dead_percent and dense_percent of the validation
        residues, train_dead_percent by the count of residues without firing, steps, residues a
        second without the validations, and outlier_percent, the share left out, where there is a
        filter.

    Raises:
        UserError: if the data lack something, the weights would be rounded, or the checkpoint is
            damaged.
    """
    _check_settings(trainer)
    datamodule: Any = check_source(data)  # what Lightning calls a LightningDataModule
    first_step = 0 if checkpoint is None else step_of(checkpoint)
    if checkpoint is not None:
        log.info("Going on at step %d from %s", first_step, checkpoint)
    for logger in trainer.loggers:
        # Also from step 0: a run may have been killed before its first checkpoint.
        if isinstance(logger, MetricsCSV):
            logger.resume(first_step)
    fit_outlier_filter(module, data)
    clock = TrainingClock()
    trainer.callbacks.append(clock)  # type: ignore[attr-defined]
    with leaving_no_ranks(trainer), _closed_at_end(datamodule), leaving_when_stopped(trainer):
        # Only tensors and plain values are in our checkpoints, so nothing else is unpickled.
        trainer.fit(module, datamodule=datamodule, ckpt_path=checkpoint, weights_only=True)
        figures = _validate(trainer, module, datamodule)
    n_residues = module.n_residues_trained * trainer.world_size
    # No step is left to a run that was killed after its last one.
    rate = n_residues / clock.seconds if clock.seconds else 0.0
    return figures | {"steps": trainer.global_step, "residues_per_second": rate}


@contextmanager
def _closed_at_end(datamodule: Any) -> Iterator[None]:  # Any: what Lightning calls a datamodule
    """Tear the source down however training ends; Lightning does so only where it ends well."""
    try:
        yield
    finally:
        if isinstance(datamodule, L.LightningDataModule):
            datamodule.teardown("fit")


def _check_settings(trainer: L.Trainer) -> None:
    if trainer.max_steps < 1:
        raise UserError(f"trainer.max_steps must be at least 1, got {trainer.max_steps}.")
    if trainer.precision in _ROUNDED_WEIGHTS:
        raise UserError(
            f"trainer.precision={trainer.precision} rounds the weights and thresholds: choose "
            "bf16-mixed, which multiplies in bfloat16 and keeps them in float32."
        )


def _validate(trainer: L.Trainer, module: SAELightningModule, data: Any) -> dict[str, float]:
    figures = {"train_dead_percent": float(module.activity.dead_percent())}
    if module.outliers is not None:
        figures["outlier_percent"] = float(module.outliers.dropped_percent())
    # A checkpoint is written before Lightning counts its step and epoch, by which it numbers what
    # is logged: a run that goes on after its last step would log this one as of those before.
    trainer.fit_loop.epoch_loop._batches_that_stepped = trainer.global_step
    epochs = trainer.fit_loop.epoch_progress.current
    epochs.completed = epochs.ready
    if data.n_validation_residues:
        for name, value in trainer.validate(module, datamodule=data, verbose=False)[0].items():
            figures[name.removeprefix("validation/")] = float(value)
    return figures
