"""How often features fire."""

from torch import Tensor


def firing_counts(features: Tensor) -> Tensor:
    """On how many residues each feature is not zero: [n_residues, d_sae] to int64 [d_sae]."""
    return features.count_nonzero(dim=0)


def feature_density(counts: Tensor, n_residues: Tensor) -> Tensor:
    """Share of the residues on which each feature fires, float64 [d_sae]."""
    return counts.double() / n_residues


def l0(counts: Tensor, n_residues: Tensor) -> Tensor:
    """Mean number of features that fire on a residue; scalar.

    Example:
        >>> import torch
        >>> features = torch.tensor([[0.0, 3.0], [1.0, 2.0]])
        >>> float(l0(firing_counts(features), torch.tensor(2)))
        1.5
    """
    return counts.sum().double() / n_residues


def dead_fraction(counts: Tensor) -> Tensor:
    """Share of the features that never fired; scalar."""
    return (counts == 0).double().mean()


def dense_fraction(counts: Tensor, n_residues: Tensor, *, threshold: float) -> Tensor:
    """Share of the features that fire on more than `threshold` of the residues; scalar."""
    return (feature_density(counts, n_residues) > threshold).double().mean()
