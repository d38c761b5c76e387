"""Where an interrupted run goes on."""

from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.utilities.exceptions import SIGTERMException

from interplm.files.manifest import about_to_write
from interplm.training.checkpoints import NEXT_CHECKPOINT, CheckedCheckpointIO


class RunCheckpoint(Checkpoint):
    """Keep the state of the run in last.ckpt, and the one before it in previous.ckpt.

    Both are whole at any time: the newest is written as next.ckpt, and the names move on once the
    metrics of its step are logged, which a resumed run would not make up for; Lightning logs them
    after the callbacks. A run that is told to stop (SIGTERM) saves the step it has just made. Where
    a validation follows the step, the checkpoint follows the validation, for the same reason.

    Args:
        folder: of the checkpoints.
        every_n_train_steps: optimiser steps from one to the next.
    """

    def __init__(self, *, folder: str | Path, every_n_train_steps: int) -> None:
        if every_n_train_steps < 1:
            raise ValueError(
                "callbacks.checkpoint.every_n_train_steps must be at least 1, got "
                f"{every_n_train_steps}."
            )
        self._folder = Path(folder)
        self._every_n_train_steps = every_n_train_steps
        self._step = 0
        self._waits_for_validation = False
        self._written_step: int | None = None
        self.saved_step: int | None = None

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Have checkpoints written whole and verified on reading."""
        trainer.strategy.checkpoint_io = CheckedCheckpointIO()

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin to count, where the run was interrupted if it was."""
        self._step = trainer.global_step
        self.saved_step = trainer.global_step or None

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, *args: Any
    ) -> None:  # Any: outputs, batch and its index are not looked at
        """Save when it is time; between two steps gradients accumulate, which are not kept."""
        made_step = trainer.global_step != self._step
        self._step = trainer.global_step
        # Ranks hear of SIGTERM at different times, and saving takes all of them.
        is_last = trainer.received_sigterm and trainer.world_size == 1
        is_due = is_last or self._step % self._every_n_train_steps == 0
        is_trial: int = trainer.fast_dev_run  # type: ignore[attr-defined]
        if made_step and is_due and not is_trial:
            self._waits_for_validation = not is_last and _validates_now(trainer)
            if not self._waits_for_validation:
                self._write(trainer)

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, *args: Any
    ) -> None:  # Any: batch and its index are not looked at
        """The step before is logged now."""
        self._publish(trainer)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """The last step is logged now."""
        self._publish(trainer)

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        """A run that is told to stop has logged its last step; of others nobody knows."""
        if isinstance(exception, SIGTERMException):
            self._publish(trainer)

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Save what waited for it."""
        if self._waits_for_validation:
            self._waits_for_validation = False
            self._write(trainer)
            self._publish(trainer)

    def _write(self, trainer: L.Trainer) -> None:
        trainer.save_checkpoint(self._folder / NEXT_CHECKPOINT)
        self._written_step = self._step

    def _publish(self, trainer: L.Trainer) -> None:
        if self._written_step is None:
            return
        if trainer.is_global_zero:
            previous, last = self._folder / "previous.ckpt", self._folder / "last.ckpt"
            about_to_write(previous)
            about_to_write(last)
            if last.exists():
                last.replace(previous)
            (self._folder / NEXT_CHECKPOINT).replace(last)
        self.saved_step, self._written_step = self._written_step, None


def _validates_now(trainer: L.Trainer) -> bool:
    """Whether Lightning validates after the batch that has just been trained on."""
    loop = trainer.fit_loop
    return loop._data_fetcher is not None and loop.epoch_loop._should_check_val_fx(
        loop._data_fetcher
    )
