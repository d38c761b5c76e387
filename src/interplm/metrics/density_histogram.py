"""Histogram of feature densities as a torchmetrics class."""

from collections.abc import Sequence

import torch
from torch import Tensor

from interplm.metrics.feature_density import FiringCounts
from interplm.metrics.functional.density_histogram import density_histogram


class DensityHistogram(FiringCounts):
    """How many features have which log10 density, over all batches and ranks.

    Args:
        d_sae: number of features.
        log10_edges: ascending edges of the bins.
    """

    log10_edges: Tensor

    def __init__(self, *, d_sae: int, log10_edges: Sequence[float]) -> None:
        super().__init__(d_sae=d_sae)
        edges = torch.tensor(log10_edges, dtype=torch.float64)
        if len(edges) < 2 or bool((edges.diff() <= 0).any()):
            raise ValueError(f"log10_edges must be ascending and at least two, got {log10_edges}.")
        self.register_buffer("log10_edges", edges, persistent=False)

    def compute(self) -> Tensor:
        """Features in each bin, int64 [n_bins]; see the function of the same name."""
        return density_histogram(self.counts, self.n_residues, log10_edges=self.log10_edges)
