"""Explained variance as a torchmetrics class."""

import torch
from torch import Tensor
from torchmetrics import Metric

from interplm.metrics.functional.explained_variance import (
    explained_variance_compute,
    explained_variance_update,
)


class ExplainedVariance(Metric):
    """1 - Σ‖x - x̂‖² / Σ‖x - x̄‖² over all batches and ranks; x̄ is the global mean.

    Args:
        d_in: width of an activation.
    """

    higher_is_better = True
    full_state_update = False
    squared_error: Tensor
    x_sum: Tensor
    x_square_sum: Tensor
    n_residues: Tensor

    def __init__(self, *, d_in: int) -> None:
        super().__init__()
        zero = torch.zeros((), dtype=torch.float64)
        self.add_state("squared_error", zero, dist_reduce_fx="sum")
        self.add_state("x_sum", torch.zeros(d_in, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("x_square_sum", zero.clone(), dist_reduce_fx="sum")
        self.add_state("n_residues", zero.clone(), dist_reduce_fx="sum")

    def update(self, x: Tensor, reconstruction: Tensor) -> None:
        """Add a batch: both [n_residues, d_in]."""
        squared_error, x_sum, x_square_sum, n = explained_variance_update(x, reconstruction)
        self.squared_error += squared_error
        self.x_sum += x_sum
        self.x_square_sum += x_square_sum
        self.n_residues += n

    def compute(self) -> Tensor:
        """Scalar; NaN before the first batch."""
        return explained_variance_compute(
            self.squared_error, self.x_sum, self.x_square_sum, self.n_residues
        )
