"""Pure terms of SAE losses; every function averages over residues and returns a scalar."""

import torch
from torch import Tensor

# The slope p εᵖ⁻¹ at zero is 50 at p = 0.2; features are of order 1 where inputs are scaled.
_LP_EPSILON = 1e-3


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


def mean_decoder_weighted_l1(features: Tensor, W_dec: Tensor) -> Tensor:
    """mean_b Σ_i f_bi ‖W_dec,i‖₂ (Conerly et al. 2024, "Update on how we train SAEs").

    Unlike plain L1 it does not change when a feature is made smaller and its decoder row longer.

    Args:
        features: [n_residues, d_sae], non-negative.
        W_dec: [d_sae, d_in].
    """
    return (features.mean(dim=0) * W_dec.norm(dim=1)).sum()


def mean_lp_norm(features: Tensor, p: float) -> Tensor:
    """mean_b Σ_i ((f_bi + ε)ᵖ - εᵖ), which is ‖f_b‖ₚᵖ but for a slope that stays finite at zero.

    Args:
        features: [n_residues, d_sae], non-negative.
        p: in (0, 1]; at 1 it is `mean_l1_norm`.
    """
    return ((features + _LP_EPSILON).pow(p) - _LP_EPSILON**p).sum(dim=-1).mean()


def mean_tanh_norm(features: Tensor, W_dec: Tensor, *, steepness: float) -> Tensor:
    """mean_b Σ_i tanh(c f_bi ‖W_dec,i‖₂), a smooth L0 (Anthropic, January 2025 update).

    Args:
        features: [n_residues, d_sae], non-negative.
        W_dec: [d_sae, d_in].
        steepness: c.
    """
    return (steepness * features * W_dec.norm(dim=1)).tanh().sum(dim=-1).mean()


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
