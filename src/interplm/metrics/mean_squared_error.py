"""Mean squared error as a torchmetrics class."""

from torch import Tensor

from interplm.metrics.functional.mean_squared_error import mean_squared_error_update
from interplm.metrics.sums import SumMetric


class MeanSquaredError(SumMetric):
    """Mean of (x - x̂)² over the residues of all batches and ranks, and over dimensions."""

    higher_is_better = False

    def __init__(self) -> None:
        super().__init__(squared_error=(), n_entries=())

    def update(self, x: Tensor, reconstruction: Tensor) -> None:
        """Add a batch: both [n_residues, d_in]."""
        self.add(mean_squared_error_update(x, reconstruction))

    def compute(self) -> Tensor:
        """Scalar; NaN before the first batch."""
        squared_error, n_entries = self.sums
        return squared_error / n_entries
