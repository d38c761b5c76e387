"""Uncertainty of a score, from which proteins happen to be in the test set."""

import numpy as np
from numpy.typing import NDArray

from interplm.features.scoring.held_out import ProteinCounts
from interplm.features.scoring.metrics import detection_metrics

_CHUNK = 64


def protein_weights(
    n_proteins: int, n_bootstraps: int, *, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """How often each sample draws each protein, [n_bootstraps, n_proteins].

    Proteins are drawn, with replacement, and not residues, which depend on each other.
    """
    weights = np.zeros((n_bootstraps, n_proteins), np.uint16)
    for sample in weights:
        drawn = rng.integers(n_proteins, size=n_proteins)
        sample += np.bincount(drawn, minlength=n_proteins).astype(np.uint16)
    return weights


def bootstrap_f1(
    counts: ProteinCounts, weights: NDArray[np.uint16], *, by_domain: bool
) -> NDArray[np.float64]:
    """F1 of a pair on each sample of proteins, [n_bootstraps]."""
    per_protein = counts.stacked()
    relevant = np.flatnonzero(per_protein.any(axis=0))
    per_protein = per_protein[:, relevant].astype(np.float64)
    chunks = [
        weights[first : first + _CHUNK, relevant].astype(np.float64) @ per_protein.T
        for first in range(0, len(weights), _CHUNK)
    ]
    tp, firing, domains_hit, n_residues, n_domains = np.concatenate(chunks).T
    return detection_metrics(
        tp=tp,
        firing=firing,
        domains_hit=domains_hit,
        n_residues=n_residues,
        n_domains=n_domains,
        by_domain=by_domain,
    ).f1


def interval(samples: NDArray[np.float64], *, confidence: float) -> tuple[float, float]:
    """Percentile interval that holds `confidence` of the samples in its middle."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return float(low), float(high)
