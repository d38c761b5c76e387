"""Cosine between activations and reconstructions as a torchmetrics class."""

from torch import Tensor

from interplm.metrics.functional.cosine_similarity import cosine_similarity_update
from interplm.metrics.sums import SumMetric


class CosineSimilarity(SumMetric):
    """Mean cosine between x and x̂ over the residues of all batches and ranks."""

    higher_is_better = True

    def __init__(self) -> None:
        super().__init__(cosine_sum=(), n_residues=())

    def update(self, x: Tensor, reconstruction: Tensor) -> None:
        """Add a batch: both [n_residues, d_in]."""
        self.add(cosine_similarity_update(x, reconstruction))

    def compute(self) -> Tensor:
        """Scalar; NaN before the first batch."""
        cosine_sum, n_residues = self.sums
        return cosine_sum / n_residues
