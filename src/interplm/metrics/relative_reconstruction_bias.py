"""Relative reconstruction bias as a torchmetrics class."""

from torch import Tensor

from interplm.metrics.functional.relative_reconstruction_bias import (
    relative_reconstruction_bias_compute,
    relative_reconstruction_bias_update,
)
from interplm.metrics.sums import SumMetric


class RelativeReconstructionBias(SumMetric):
    """γ = E‖x̂ - x̄‖² / E[(x̂ - x̄)·(x - x̄)] over all batches and ranks; x̄ is the global mean.

    Args:
        d_in: width of an activation.
    """

    def __init__(self, *, d_in: int) -> None:
        super().__init__(
            square_sum=(), product_sum=(), reconstruction_sum=(d_in,), x_sum=(d_in,), n_residues=()
        )

    def update(self, x: Tensor, reconstruction: Tensor) -> None:
        """Add a batch: both [n_residues, d_in]."""
        self.add(relative_reconstruction_bias_update(x, reconstruction))

    def compute(self) -> Tensor:
        """Scalar, 1 without bias; NaN before the first batch."""
        return relative_reconstruction_bias_compute(*self.sums)
