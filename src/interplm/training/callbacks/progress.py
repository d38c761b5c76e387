"""How far a run has come."""

from typing import Any

import lightning as L
from tqdm import tqdm

# What is logged, and how it is shown in a line that is short.
_SHOWN = {
    "train/loss": "loss {:.4g}",
    "train/l0": "L0 {:.1f}",
    "train/explained_variance": "explained {:.4f}",
    "train/dead_percent": "dead {:.2f} %",
}


class TrainingProgress(L.Callback):
    """A bar over all steps of the run: rate, time left, loss, L0, explained variance and dead %.

    Lightning's own bars count the batches of one epoch, of which a run may have hundreds. Figures
    are read when the bar is drawn, not at every step: on a GPU reading waits for the device.
    """

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None  # Any: it goes over nothing

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin, where the run was interrupted if it was."""
        self._bar = tqdm(
            total=trainer.max_steps, initial=trainer.global_step, desc="training", unit="step",
            dynamic_ncols=True, disable=not trainer.is_global_zero,
        )  # fmt: skip

    def on_train_batch_end(self, trainer: L.Trainer, *args: Any) -> None:  # Any: Lightning's own
        """Go on; with accumulated gradients a step takes several batches."""
        bar = self._bar
        if bar is not None and bar.update(trainer.global_step - bar.n):
            bar.set_postfix_str(_shown(trainer), refresh=False)

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Say why no step is made."""
        if self._bar is not None:
            self._bar.set_description("validation")

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Steps go on."""
        if self._bar is not None:
            self._bar.set_description("training")

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Leave the last figures on the screen."""
        self._close(trainer)

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        """Leave the line to the error."""
        self._close(trainer)

    def _close(self, trainer: L.Trainer) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(_shown(trainer), refresh=False)
            self._bar.close()
            self._bar = None


def _shown(trainer: L.Trainer) -> str:
    figures = trainer.progress_bar_metrics
    return ", ".join(text.format(figures[name]) for name, text in _SHOWN.items() if name in figures)
