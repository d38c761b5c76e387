"""How much of the activations' variance a reconstruction explains."""

import torch
from torch import Tensor

from interplm.metrics.functional.shapes import check_same_shape

# Below this share of the second moment, what is left after subtracting the mean is rounding.
_SMALLEST_VARIANCE = 1e-12


def explained_variance_update(
    x: Tensor, reconstruction: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sums of one batch, to be added over batches; float64, since a large mean cancels.

    Args:
        x: [n_residues, d_in].
        reconstruction: same shape and units.

    Returns:
        Σ‖x - x̂‖² (scalar), Σx [d_in], Σ‖x‖² (scalar), n_residues (scalar).

    Raises:
        ValueError: if the shapes differ.
    """
    check_same_shape(x, reconstruction)
    x = x.double()
    error = x - reconstruction.double()
    n_residues = torch.tensor(len(x), dtype=torch.float64, device=x.device)
    return error.square().sum(), x.sum(dim=0), x.square().sum(), n_residues


def fraction_variance_unexplained_compute(
    squared_error: Tensor, x_sum: Tensor, x_square_sum: Tensor, n_residues: Tensor
) -> Tensor:
    """Σ‖x - x̂‖² / Σ‖x - x̄‖² from the sums; NaN where x does not vary."""
    total = x_square_sum - x_sum.square().sum() / n_residues
    return torch.where(total > _SMALLEST_VARIANCE * x_square_sum, squared_error / total, torch.nan)


def explained_variance_compute(
    squared_error: Tensor, x_sum: Tensor, x_square_sum: Tensor, n_residues: Tensor
) -> Tensor:
    """1 - Σ‖x - x̂‖² / Σ‖x - x̄‖² from the sums; NaN where x does not vary."""
    return 1 - fraction_variance_unexplained_compute(squared_error, x_sum, x_square_sum, n_residues)


def explained_variance(x: Tensor, reconstruction: Tensor) -> Tensor:
    """1 - Σ‖x - x̂‖² / Σ‖x - x̄‖², sums over residues and dimensions, x̄ the mean residue.

    Args:
        x: activations, [n_residues, d_in].
        reconstruction: same shape and units.

    Returns:
        Scalar in (-inf, 1]: 1 is perfect, 0 is as good as the mean residue.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> x = torch.tensor([[0.0], [2.0]])
        >>> float(explained_variance(x, torch.tensor([[0.0], [1.0]])))
        0.5
    """
    return explained_variance_compute(*explained_variance_update(x, reconstruction))


def fraction_variance_unexplained(x: Tensor, reconstruction: Tensor) -> Tensor:
    """FVU = Σ‖x - x̂‖² / Σ‖x - x̄‖² = 1 - explained variance; scalar in [0, inf).

    Arguments and errors are those of `explained_variance`.
    """
    return fraction_variance_unexplained_compute(*explained_variance_update(x, reconstruction))
