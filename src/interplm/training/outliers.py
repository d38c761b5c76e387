"""Residues whose activations are far larger than all others, kept out of training."""

import torch
from torch import Tensor, nn

from interplm.training.ranks import summed_over_ranks


class OutlierFilter(nn.Module):
    """Drops rows whose norm is above a multiple of the median norm, and counts them.

    Args:
        max_norm_multiple: of the median norm, above 1.

    Attributes:
        limit: largest norm kept, scalar; infinite until `fit_`.
        n_dropped: rows dropped so far on all ranks.
        n_seen: rows seen so far on all ranks.
    """

    limit: Tensor
    n_dropped: Tensor
    n_seen: Tensor

    def __init__(self, *, max_norm_multiple: float) -> None:
        super().__init__()
        if max_norm_multiple <= 1:
            raise ValueError(
                f"model.max_norm_multiple must be above 1, got {max_norm_multiple}; null keeps "
                "every residue."
            )
        self._max_norm_multiple = max_norm_multiple
        self.register_buffer("limit", torch.tensor(torch.inf))
        self.register_buffer("n_dropped", torch.zeros((), dtype=torch.int64))
        self.register_buffer("n_seen", torch.zeros((), dtype=torch.int64))

    def fit_(self, norms: Tensor) -> None:
        """Set the limit from the norms [n] of a sample."""
        self.limit.copy_(self._max_norm_multiple * norms.median())

    def filter_(self, x: Tensor, norms: Tensor) -> Tensor:
        """The rows of x [n, d_in] that are kept; the counts go up.

        The row with the smallest norm always stays, so that no batch becomes empty.
        """
        kept = norms <= torch.maximum(self.limit, norms.min())
        counts = torch.stack([(~kept).sum(), torch.tensor(len(x), device=x.device)])
        n_dropped, n_seen = summed_over_ranks(counts)
        self.n_dropped += n_dropped
        self.n_seen += n_seen
        return x[kept]

    def dropped_percent(self) -> Tensor:
        """Of all residues seen; scalar."""
        return 100 * self.n_dropped / self.n_seen.clamp_min(1)
