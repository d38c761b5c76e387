"""Whether reconstructions are systematically too short (shrinkage) or too long."""

import torch
from torch import Tensor

from interplm.metrics.functional.shapes import check_same_shape


def relative_reconstruction_bias_update(
    x: Tensor, reconstruction: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Sums of one batch, to be added over batches; float64, since a large mean cancels.

    Args:
        x: [n_residues, d_in].
        reconstruction: same shape and units.

    Returns:
        Σ‖x̂‖² (scalar), Σx̂·x (scalar), Σx̂ [d_in], Σx [d_in], n_residues (scalar).

    Raises:
        ValueError: if the shapes differ.
    """
    check_same_shape(x, reconstruction)
    x, reconstruction = x.double(), reconstruction.double()
    return (
        reconstruction.square().sum(),
        (reconstruction * x).sum(),
        reconstruction.sum(dim=0),
        x.sum(dim=0),
        torch.tensor(len(x), dtype=torch.float64, device=x.device),
    )


def relative_reconstruction_bias_compute(
    square_sum: Tensor, product_sum: Tensor, reconstruction_sum: Tensor, x_sum: Tensor, n: Tensor
) -> Tensor:
    """γ from the sums; NaN where the reconstruction does not vary along x."""
    mean = x_sum / n
    squares = square_sum - 2 * (mean * reconstruction_sum).sum() + n * mean.square().sum()
    products = product_sum - (mean * reconstruction_sum).sum()
    return torch.where(products != 0, squares / products, torch.nan)


def relative_reconstruction_bias(x: Tensor, reconstruction: Tensor) -> Tensor:
    """γ = E‖x̂ - x̄‖² / E[(x̂ - x̄)·(x - x̄)], x̄ the mean residue; scalar.

    1/γ is the factor by which the centred reconstruction would have to be multiplied to lie
    closest to the centred activation: 1 is unbiased, below 1 is shrinkage. Rajamanoharan et al.
    2024 (arXiv:2404.16014) write it without x̄. Here both sides are centred, since a
    mean that all residues share and every SAE reconstructs would pull γ to 1; so γ is the same in
    the PLM's units and in the SAE's.

    Args:
        x: [n_residues, d_in].
        reconstruction: same shape and units.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> x = torch.tensor([[9.0], [11.0]])
        >>> float(relative_reconstruction_bias(x, torch.tensor([[9.5], [10.5]])))
        0.5
    """
    return relative_reconstruction_bias_compute(
        *relative_reconstruction_bias_update(x, reconstruction)
    )
