"""Metrics whose state is sums, so that batches and ranks add up exactly."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric


class SumMetric(Metric):
    """Keeps named float64 sums, which torchmetrics adds over ranks before `compute`.

    Args:
        sums: name and shape of each, in the order in which `add` takes and `sums` gives them.
    """

    full_state_update = False

    def __init__(self, **sums: Sequence[int]) -> None:
        super().__init__()
        self._names = list(sums)
        for name, shape in sums.items():
            zeros = torch.zeros(tuple(shape), dtype=torch.float64)
            self.add_state(name, zeros, dist_reduce_fx="sum")

    def add(self, values: Sequence[Tensor]) -> None:
        """Add what one batch contributes to each sum."""
        for name, value in zip(self._names, values, strict=True):
            setattr(self, name, getattr(self, name) + value)

    @property
    def sums(self) -> list[Tensor]:
        """The sums so far."""
        return [getattr(self, name) for name in self._names]
