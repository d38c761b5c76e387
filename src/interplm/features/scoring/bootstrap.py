"""Uncertainty of a measure, from which families of proteins happen to be in the test set.

Clusters of homologues are drawn, with replacement, and not proteins or residues: relatives carry
the same domains and would count as confirmations of each other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.features.scoring.held_out import ProteinCounts
from interplm.features.scoring.metrics import Detection, Floats, ratio

# Levels of a score in a sample's average precision: with fewer distinct scores of the concept's
# residues than that it is exact, with more it is that of scores rounded to so many quantiles.
_MAX_LEVELS = 256
_CHUNK = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """How often each sample draws each cluster of test proteins.

    Attributes:
        cluster: of each protein, 0..n_clusters - 1, int64 [n_proteins].
        weights: uint16 [n_samples, n_clusters].
    """

    cluster: NDArray[np.int64]
    weights: NDArray[np.uint16]

    def totals(self, amounts: NDArray[np.number]) -> Floats:
        """Sums over the drawn proteins, from [..., n_proteins] to [..., n_samples]."""
        per_cluster = self._per_cluster(amounts)
        used = np.flatnonzero(per_cluster.any(axis=0))
        chunks = [
            per_cluster[:, used] @ self.weights[first : first + _CHUNK, used].astype(np.float64).T
            for first in range(0, len(self.weights), _CHUNK)
        ]
        return np.concatenate(chunks, axis=1).reshape(*amounts.shape[:-1], len(self.weights))

    def _per_cluster(self, amounts: NDArray[np.number]) -> Floats:
        """Sums over the proteins of each cluster, from [n, n_proteins] to [n, n_clusters]."""
        rows = np.atleast_2d(amounts)
        n_clusters = self.weights.shape[1]
        sums = [np.bincount(self.cluster, weights=row, minlength=n_clusters) for row in rows]
        return np.stack(sums)


def draw_clusters(
    cluster: NDArray[np.integer], n_samples: int, *, rng: np.random.Generator
) -> Draws:
    """Draw as many clusters as there are, with replacement, for each sample.

    Args:
        cluster: number of each test protein's cluster, [n_proteins]; the draws of the same
            clusters are the same, whatever the order of the proteins.
        n_samples: how often.
        rng: of the draws.
    """
    _, number = np.unique(cluster, return_inverse=True)
    n = int(number.max(initial=-1)) + 1
    weights = np.zeros((n_samples, n), np.uint16)
    for sample in weights:
        sample += np.bincount(rng.integers(n, size=n), minlength=n).astype(np.uint16)
    return Draws(cluster=number, weights=weights)


def bootstrap_detection(counts: ProteinCounts, draws: Draws, *, by_domain: bool) -> Detection:
    """Measures of a pair on each sample, [n_samples] each; those that ask for all rows are not."""
    tp, firing, n_found, n_residues, n_domains = draws.totals(counts.stacked())
    return Detection(
        tp=tp,
        firing=firing,
        n_found=n_found,
        n_residues=n_residues,
        n_domains=n_domains,
        n_rows=0,
        by_domain=by_domain,
    )


def bootstrap_average_precision(
    score: NDArray[np.floating],
    is_positive: NDArray[np.bool_],
    protein: NDArray[np.integer],
    draws: Draws,
    *,
    n_positive: NDArray[np.integer],
    n_rows: NDArray[np.integer],
) -> Floats:
    """Average precision of a score on each sample, [n_samples].

    Args:
        score: of the residues that fire, above zero, [n_firing].
        is_positive: whether each carries the concept, [n_firing].
        protein: of each, [n_firing].
        draws: of the proteins.
        n_positive: residues of the concept on each protein, silent ones included, [n_proteins].
        n_rows: residues of each protein, [n_proteins].
    """
    total_positive, total = draws.totals(np.stack([n_positive, n_rows]))
    levels = _levels(score[is_positive])
    # Entries below the lowest residue of the concept come after its last step: they change nothing.
    level = np.searchsorted(levels, score, side="right") - 1
    counted = level >= 0
    level, is_positive = level[counted], is_positive[counted]
    place = level * draws.weights.shape[1] + draws.cluster[protein[counted]]
    ranked, tp = (
        _from_the_top(place[chosen], len(levels), draws.weights)
        for chosen in (slice(None), is_positive)
    )
    steps = np.diff(tp, axis=0, prepend=0)
    area = (steps * ratio(tp, ranked)).sum(axis=0)
    n_silent = total_positive - steps.sum(axis=0)
    area += n_silent * ratio(total_positive, total)
    return ratio(area, total_positive)


def interval(samples: Floats, *, confidence: float) -> tuple[float, float]:
    """Percentile interval that holds `confidence` of the samples in its middle."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return float(low), float(high)


def _levels(positive: NDArray[np.floating]) -> NDArray[np.floating]:
    """Distinct scores of the concept's residues, ascending, or quantiles of them."""
    levels = np.unique(positive)
    if len(levels) <= _MAX_LEVELS:
        return levels
    return levels[np.linspace(0, len(levels) - 1, _MAX_LEVELS).round().astype(np.int64)]


def _from_the_top(place: NDArray[np.int64], n_levels: int, weights: NDArray[np.uint16]) -> Floats:
    """Weighted entries at each level or above, the highest level first, [n_levels, n_samples]."""
    n_clusters = weights.shape[1]
    counts = np.bincount(place, minlength=n_levels * n_clusters).reshape(n_levels, n_clusters)
    used = np.flatnonzero(counts.any(axis=0))
    # Single precision holds these integers exactly, and is twice as fast.
    at_level = counts[:, used].astype(np.float32) @ weights[:, used].astype(np.float32).T
    return np.cumsum(at_level[::-1], axis=0, dtype=np.float64)
