"""An exponential moving average of the weights, which validation and export use."""

from typing import Any

import lightning as L
import torch
from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor

from interplm.sae import SparseAutoencoder
from interplm.training.module import SAELightningModule

# The average forgets the random start first: decay ≤ (1 + n) / (10 + n) after n steps, as in
# TensorFlow's ExponentialMovingAverage.
_EARLY_STEPS = 10


class ExponentialMovingAverage(L.Callback):
    """w̄ ← d w̄ + (1 - d) w after every optimiser step, for all weights of the SAE.

    Validation sees w̄, put on the decoder's constraint; training goes on with w. When training has
    ended, w̄ takes the place of w for good, so that it is what is exported.

    Args:
        decay: d, 0..1; 0.999 in Gao et al. 2024.
    """

    def __init__(self, *, decay: float) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"callbacks.ema.decay must be at least 0 and below 1, got {decay}.")
        self._decay = decay
        self._average: list[Tensor] = []
        self._weights: list[Tensor] = []
        self._n_averaged = 0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin with the weights as they are, or go on with the average of a checkpoint."""
        parameters = list(_sae(pl_module).parameters())
        start = self._average or parameters
        self._average = [
            a.detach().to(p, copy=True) for a, p in zip(start, parameters, strict=True)
        ]

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, *args: Any
    ) -> None:  # Any: outputs, batch and its index are not looked at
        """Average, unless gradients are still being accumulated."""
        if trainer.global_step == self._n_averaged:
            return
        n = self._n_averaged = trainer.global_step
        decay = min(self._decay, (1 + n) / (_EARLY_STEPS + n))
        with torch.no_grad():
            torch._foreach_lerp_(self._average, list(_sae(pl_module).parameters()), 1 - decay)

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Validate the average."""
        if trainer.state.fn == TrainerFn.FITTING and self._average:
            self._weights = [
                parameter.detach().clone() for parameter in list(_sae(pl_module).parameters())
            ]
            self._put_average(pl_module)

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Back to the weights that are trained."""
        if self._weights:
            _copy_into(list(_sae(pl_module).parameters()), self._weights)
            self._weights = []

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Keep the average."""
        self._put_average(pl_module)

    def state_dict(self) -> dict[str, Any]:
        """Tensors and a number, hence Any."""
        return {"average": self._average, "n_averaged": self._n_averaged}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what a checkpoint carried."""
        self._average, self._n_averaged = state_dict["average"], state_dict["n_averaged"]

    def _put_average(self, pl_module: L.LightningModule) -> None:
        _copy_into(list(_sae(pl_module).parameters()), self._average)
        _sae(pl_module).constrain_()


def _sae(pl_module: L.LightningModule) -> SparseAutoencoder:
    if not isinstance(pl_module, SAELightningModule):
        raise TypeError("ExponentialMovingAverage works with SAELightningModule only")
    return pl_module.sae


@torch.no_grad()
def _copy_into(parameters: list[Tensor], values: list[Tensor]) -> None:
    for parameter, value in zip(parameters, values, strict=True):
        parameter.copy_(value)
