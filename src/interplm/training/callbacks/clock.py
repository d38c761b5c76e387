"""How long the steps of a run took."""

import time

import lightning as L
from lightning.pytorch.trainer.states import TrainerFn


class TrainingClock(L.Callback):
    """Seconds of training, without the validations between its steps.

    It must be the last callback, so that what others do around a validation, such as measuring
    fidelity, falls into the pause.

    Attributes:
        seconds: since training started in this process.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since: float | None = None

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin."""
        self._since = time.monotonic()

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Pause."""
        self._stop()

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Go on, if steps may follow."""
        if trainer.state.fn == TrainerFn.FITTING:
            self._since = time.monotonic()

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """End."""
        self._stop()

    def _stop(self) -> None:
        if self._since is not None:
            self.seconds += time.monotonic() - self._since
            self._since = None
