"""How the learning rate and the sparsity penalty change over training."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

Decay = Literal["linear", "cosine"]


def lr_law(d_sae: int, d_in: int | None) -> float | None:
    """2e-4 / √(d_sae / 2¹⁴) · √(768 / d_in), Adam's learning rate for an SAE.

    The first factor was measured on activations of width 768 (Gao et al. 2024, section A.3). A step
    of Adam moves every entry by about the rate, so it turns a unit row of width d_in by √d_in times
    that: the second factor keeps the angle.

    Args:
        d_sae: number of features.
        d_in: width of an activation, None where it is not known yet; then so is the rate.
    """
    if d_in is None:
        return None
    return float(2e-4 / math.sqrt(d_sae / 2**14) * math.sqrt(768 / d_in))


def half(n: int | None) -> int | None:
    """N / 2, rounded down; None where n is not known yet."""
    return None if n is None else n // 2


def warmup(step: int, *, n_warmup_steps: int) -> float:
    """Linear from 1/n to 1: min((step + 1) / n, 1). Never zero, so that no step is lost.

    Args:
        step: 0-based.
        n_warmup_steps: 0 gives 1 at once.
    """
    return min((step + 1) / n_warmup_steps, 1.0) if n_warmup_steps > 0 else 1.0


def warmup_decay(
    step: int, *, n_steps: int, n_warmup_steps: int, n_decay_steps: int, decay: Decay
) -> float:
    """Linear warm-up, then 1, then down to zero over the last steps.

    Args:
        step: 0-based.
        n_steps: of the whole training; the value after the last step is 0 if there is a decay.
        n_warmup_steps: at the start.
        n_decay_steps: at the end; 0 means none.
        decay: "linear", or "cosine" for half a wave.
    """
    remaining = (n_steps - step) / n_decay_steps if n_decay_steps > 0 else 1.0
    remaining = max(min(remaining, 1.0), 0.0)
    if decay == "cosine":
        remaining = (1 - math.cos(math.pi * remaining)) / 2
    return min(warmup(step, n_warmup_steps=n_warmup_steps), remaining)


class SparsityWarmup:
    """Scale of the sparsity penalty: linear over the first part of training, then 1.

    Args:
        n_steps: of the whole training.
        warmup_fraction: of these steps.
    """

    def __init__(self, *, n_steps: int, warmup_fraction: float) -> None:
        self.n_steps = n_steps
        self.warmup_fraction = warmup_fraction
        self._n_warmup_steps = n_steps_of(
            "model.sparsity_schedule.warmup_fraction", warmup_fraction, n_steps
        )

    def __call__(self, step: int) -> float:
        """0..1 at a 0-based step."""
        return warmup(step, n_warmup_steps=self._n_warmup_steps)


def warmup_decay_lr(
    optimizer: Optimizer,
    *,
    n_steps: int,
    warmup_fraction: float,
    decay_fraction: float,
    decay: Decay,
) -> LambdaLR:
    """Learning-rate schedule: linear warm-up at the start, decay to zero at the end.

    Args:
        optimizer: holds the full learning rate.
        n_steps: of the whole training.
        warmup_fraction: of these steps.
        decay_fraction: of these steps.
        decay: "linear" or "cosine".
    """
    if decay not in ("linear", "cosine"):
        raise ValueError(f"scheduler.decay must be linear or cosine, got {decay!r}.")
    scale = partial(
        warmup_decay,
        n_steps=n_steps,
        n_warmup_steps=n_steps_of("scheduler.warmup_fraction", warmup_fraction, n_steps),
        n_decay_steps=n_steps_of("scheduler.decay_fraction", decay_fraction, n_steps),
        decay=decay,
    )
    return LambdaLR(optimizer, scale)


def n_steps_of(setting: str, fraction: float, n_steps: int) -> int:
    """How many steps a fraction of the training is; `setting` names it where it is refused."""
    if n_steps < 1:
        raise ValueError(f"trainer.max_steps must be at least 1, got {n_steps}.")
    if not 0 <= fraction <= 1:
        raise ValueError(f"{setting} must be in 0..1, got {fraction}.")
    return round(fraction * n_steps)


@contextmanager
def scaled_lr(optimizer: Optimizer, scale: float) -> Iterator[None]:
    """The learning rate times `scale` within the block; the schedule's own value stays."""
    rates = [group["lr"] for group in optimizer.param_groups]
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate * scale
    try:
        yield
    finally:
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
