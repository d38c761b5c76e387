"""Gradient clipping that fused optimisers have in mixed precision too."""

from lightning.pytorch.plugins.precision import MixedPrecision, Precision
from lightning.pytorch.utilities import GradClipAlgorithmType
from torch.optim import Optimizer


def clip_gradients(
    precision: Precision, optimizer: Optimizer, *, value: float | None, algorithm: str | None
) -> None:
    """Clip as Lightning does, and where it refuses: a fused optimiser in mixed precision.

    Lightning refuses since a fused optimiser undoes the loss scaling of float16 inside its step,
    after clipping. Here the gradients are unscaled before; GradScaler takes note, and the step
    leaves it out. With bfloat16 nothing is scaled.

    Args:
        precision: of the trainer.
        optimizer: the gradients of its parameters are clipped in place.
        value: largest norm of all gradients, or largest entry; None and 0 clip nothing.
        algorithm: "norm" or "value"; None means "norm".
    """
    if not value:
        return
    chosen = GradClipAlgorithmType(algorithm or "norm")
    if not isinstance(precision, MixedPrecision):
        precision.clip_gradients(optimizer, value, chosen)
        return
    if precision.scaler is not None and unscales_in_step(optimizer):
        precision.scaler.unscale_(optimizer)
    Precision.clip_gradients(precision, optimizer, value, chosen)


def unscales_in_step(optimizer: Optimizer) -> bool:
    """Whether the optimiser divides by the loss scale itself, as PyTorch's fused ones do."""
    return getattr(optimizer, "_step_supports_amp_scaling", False)
