"""How often and how strongly each feature fires."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.features.encoding.blocks import FeatureBlock

N_BINS = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureStatistics:
    """Of every feature over all residues.

    Attributes:
        n_residues: all that were encoded.
        n_active: residues on which the feature fires, int64 [d_sae].
        density: share of the residues on which it fires, float64 [d_sae].
        mean_activation: over the residues on which it fires, as a fraction of its maximum, 0 for
            a feature that never fires, float64 [d_sae].
        histogram: residues in equal bins of (0, 1], int64 [d_sae, 50].
    """

    n_residues: int
    n_active: NDArray[np.int64]
    density: NDArray[np.float64]
    mean_activation: NDArray[np.float64]
    histogram: NDArray[np.int64]


class StatisticsAccumulator:
    """Sums from which FeatureStatistics follow; they add over blocks and over shards.

    Args:
        d_sae: number of features.
    """

    def __init__(self, *, d_sae: int) -> None:
        self._n_residues = 0
        self._sum = np.zeros(d_sae)
        self._histogram = np.zeros((d_sae, N_BINS), np.int64)

    def add(self, block: FeatureBlock) -> None:
        """Count the residues of a block of normalised features."""
        feature, activation = block.feature, block.value
        d_sae = len(self._sum)
        # (0, 0.02] is bin 0; rounding may not push a maximum out of the last one.
        bins = np.clip(np.ceil(activation * N_BINS).astype(np.int64) - 1, 0, N_BINS - 1)
        places = feature * np.int64(N_BINS) + bins
        counts = np.bincount(places, minlength=self._histogram.size)
        self._histogram += counts.reshape(self._histogram.shape)
        self._sum += np.bincount(feature, weights=activation, minlength=d_sae)
        self._n_residues += block.n_residues

    def merge(self, other: "StatisticsAccumulator") -> None:
        """Add the sums of other residues."""
        self._n_residues += other._n_residues
        self._sum += other._sum
        self._histogram += other._histogram

    def compute(self) -> FeatureStatistics:
        """The statistics of all residues so far."""
        n_active = self._histogram.sum(axis=1)
        return FeatureStatistics(
            n_residues=self._n_residues,
            n_active=n_active,
            density=n_active / max(self._n_residues, 1),
            mean_activation=self._sum / np.maximum(n_active, 1),
            histogram=self._histogram.copy(),
        )
