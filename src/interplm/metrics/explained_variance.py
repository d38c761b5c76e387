"""Explained variance and its complement as torchmetrics classes."""

from torch import Tensor

from interplm.metrics.functional.explained_variance import (
    explained_variance_compute,
    explained_variance_update,
    fraction_variance_unexplained_compute,
)
from interplm.metrics.sums import SumMetric


class ExplainedVariance(SumMetric):
    """1 - Σ‖x - x̂‖² / Σ‖x - x̄‖² over all batches and ranks; x̄ is the global mean.

    Args:
        d_in: width of an activation.
    """

    higher_is_better = True

    def __init__(self, *, d_in: int) -> None:
        super().__init__(squared_error=(), x_sum=(d_in,), x_square_sum=(), n_residues=())

    def update(self, x: Tensor, reconstruction: Tensor) -> None:
        """Add a batch: both [n_residues, d_in]."""
        self.add(explained_variance_update(x, reconstruction))

    def compute(self) -> Tensor:
        """Scalar; NaN before the first batch."""
        return explained_variance_compute(*self.sums)


class FractionVarianceUnexplained(ExplainedVariance):
    """FVU = Σ‖x - x̂‖² / Σ‖x - x̄‖² = 1 - explained variance, over all batches and ranks."""

    higher_is_better = False

    def compute(self) -> Tensor:
        """Scalar; NaN before the first batch."""
        return fraction_variance_unexplained_compute(*self.sums)
