"""The distribution of feature densities on a logarithmic axis."""

import torch
from torch import Tensor

from interplm.metrics.functional.feature_density import feature_density


def density_histogram(counts: Tensor, n_residues: Tensor, *, log10_edges: Tensor) -> Tensor:
    """Number of features in each bin of log10(density), int64 [n_bins].

    A bin holds its lower edge. Features below the first edge count in the first bin and those at
    or above the last edge in the last one; features that never fired count in none.

    Args:
        counts: residues on which each feature fired, [d_sae].
        n_residues: of which; scalar.
        log10_edges: ascending, [n_bins + 1].

    Example:
        >>> edges = torch.tensor([-2.0, -1.0, 0.0])
        >>> density_histogram(torch.tensor([0, 5, 100]), torch.tensor(100), log10_edges=edges)
        tensor([1, 1])
    """
    fired = feature_density(counts, n_residues)[counts > 0]
    inner = log10_edges[1:-1].to(fired)
    return torch.bincount(
        torch.searchsorted(inner, fired.log10(), right=True), minlength=len(log10_edges) - 1
    )
