"""L0, dead and dense features as one torchmetrics class, since they share their counts."""

import torch
from torch import Tensor
from torchmetrics import Metric

from interplm.metrics.functional.feature_density import (
    DENSE_THRESHOLD,
    dead_fraction,
    dense_fraction,
    l0,
)


class FiringCounts(Metric):
    """On how many residues each feature fires, over all batches and ranks; a base class.

    Args:
        d_sae: number of features.
    """

    full_state_update = False
    counts: Tensor
    n_residues: Tensor

    def __init__(self, *, d_sae: int) -> None:
        super().__init__()
        self.add_state("counts", torch.zeros(d_sae, dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("n_residues", torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, counts: Tensor, n_residues: int) -> None:
        """Add a batch: on how many of its residues each feature fires, int64 [d_sae]."""
        self.counts += counts
        self.n_residues += n_residues


class FeatureDensity(FiringCounts):
    """How often features fire, over all batches and ranks."""

    def compute(self) -> dict[str, Tensor]:
        """l0, and the dead and dense features in per cent."""
        return {
            "l0": l0(self.counts, self.n_residues),
            "dead_percent": 100 * dead_fraction(self.counts),
            "dense_percent": 100
            * dense_fraction(self.counts, self.n_residues, threshold=DENSE_THRESHOLD),
        }
