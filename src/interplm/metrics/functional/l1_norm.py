"""How strongly features fire."""

import torch
from torch import Tensor


def l1_norm_update(features: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of one batch, float64: Σ‖f‖₁ and the number of residues.

    Args:
        features: [n_residues, d_sae].
    """
    total = features.abs().sum(dtype=torch.float64)
    return total, torch.tensor(len(features), dtype=torch.float64, device=features.device)


def l1_norm(features: Tensor) -> Tensor:
    """Mean over residues of Σ_j |f_j|; scalar, NaN for no residue.

    Args:
        features: [n_residues, d_sae].

    Example:
        >>> float(l1_norm(torch.tensor([[0.0, 3.0], [1.0, 2.0]])))
        3.0
    """
    total, n_residues = l1_norm_update(features)
    return total / n_residues
