"""L1 of the features as a torchmetrics class."""

from torch import Tensor

from interplm.metrics.functional.l1_norm import l1_norm_update
from interplm.metrics.sums import SumMetric


class L1Norm(SumMetric):
    """Mean of ‖f‖₁ over the residues of all batches and ranks."""

    def __init__(self) -> None:
        super().__init__(absolute_sum=(), n_residues=())

    def update(self, features: Tensor) -> None:
        """Add a batch: [n_residues, d_sae]."""
        self.add(l1_norm_update(features))

    def compute(self) -> Tensor:
        """Scalar; NaN before the first batch."""
        absolute_sum, n_residues = self.sums
        return absolute_sum / n_residues
