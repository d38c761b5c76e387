"""How often features fire."""

from torch import Tensor

# A feature that fires on more than a tenth of all residues is called dense (Bricken et al. 2023
# look at an "ultralow" and a dense cluster; SAEBench draws the line at 10 %).
DENSE_THRESHOLD = 0.1


def feature_density(counts: Tensor, n_residues: Tensor) -> Tensor:
    """Share of the residues on which each feature fires, float64 [d_sae]."""
    return counts.double() / n_residues


def l0(counts: Tensor, n_residues: Tensor) -> Tensor:
    """Mean number of features that fire on a residue; scalar.

    Example:
        >>> import torch
        >>> float(l0(torch.tensor([1, 2]), torch.tensor(2)))
        1.5
    """
    return counts.sum().double() / n_residues


def dead_fraction(counts: Tensor) -> Tensor:
    """Share of the features that never fired; scalar."""
    return (counts == 0).double().mean()


def dense_fraction(counts: Tensor, n_residues: Tensor, *, threshold: float) -> Tensor:
    """Share of the features that fire on more than `threshold` of the residues; scalar."""
    return (feature_density(counts, n_residues) > threshold).double().mean()
