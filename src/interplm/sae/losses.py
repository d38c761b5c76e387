"""Pure terms of SAE losses; every function averages over residues and returns a scalar."""

import torch
from torch import Tensor


def mean_l2_norm(error: Tensor) -> Tensor:
    """mean_b ‖e_b‖₂, not squared: the reconstruction loss of Simon & Zou (2024).

    Args:
        error: [n_residues, d_in].
    """
    return error.norm(dim=-1).mean()


def mean_squared_norm(error: Tensor) -> Tensor:
    """mean_b ‖e_b‖₂², the usual reconstruction loss (Bricken et al. 2023).

    Args:
        error: [n_residues, d_in].
    """
    return error.square().sum(dim=-1).mean()


def mean_l1_norm(features: Tensor) -> Tensor:
    """mean_b ‖f_b‖₁ of non-negative features, [n_residues, d_sae]."""
    return features.sum(dim=-1).mean()


def fraction_unexplained(error: Tensor, target: Tensor) -> Tensor:
    """Σ‖e‖² / Σ‖target - mean target‖² over the batch: 0 is perfect, 1 is as good as the mean.

    A target that does not vary, as in a batch of one residue, gives 0 and no gradient.

    Args:
        error: [n_residues, d_in].
        target: [n_residues, d_in], what was to be reconstructed; no gradient flows into it.
    """
    target = target.detach()
    total = (target - target.mean(dim=0)).square().sum()
    fraction = error.square().sum() / total.clamp_min(torch.finfo(target.dtype).tiny)
    return torch.where(total > 0, fraction, 0.0)
