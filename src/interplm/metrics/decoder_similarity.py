"""Similarity of decoder directions as a torchmetrics class."""

import torch
from torch import Tensor
from torchmetrics import Metric

from interplm.metrics.functional.decoder_similarity import nearest_rows


class DecoderSimilarity(Metric):
    """Cosine of each decoder row with its nearest other row: mean and maximum over the rows.

    Args:
        block_rows: rows compared with all others at a time; bounds the memory.
    """

    higher_is_better = False
    full_state_update = False
    nearest_sum: Tensor
    n_rows: Tensor
    maximum: Tensor

    def __init__(self, *, block_rows: int) -> None:
        super().__init__()
        self._block_rows = block_rows
        zero = torch.zeros((), dtype=torch.float64)
        self.add_state("nearest_sum", zero, dist_reduce_fx="sum")
        self.add_state("n_rows", zero.clone(), dist_reduce_fx="sum")
        self.add_state("maximum", zero.clone().fill_(-torch.inf), dist_reduce_fx="max")

    def update(self, W_dec: Tensor) -> None:
        """Add a decoder, [d_sae, d_in], of at least two rows; rows of several are not compared."""
        nearest, _ = nearest_rows(W_dec.detach(), n_others=1, block_rows=self._block_rows)
        nearest = nearest.double()
        self.nearest_sum = self.nearest_sum + nearest.sum()
        self.n_rows = self.n_rows + nearest.numel()
        self.maximum = torch.maximum(self.maximum, nearest.max())

    def compute(self) -> dict[str, Tensor]:
        """mean_nearest_cosine and max_nearest_cosine."""
        return {
            "mean_nearest_cosine": self.nearest_sum / self.n_rows,
            "max_nearest_cosine": self.maximum,
        }
