"""Squared error of a reconstruction, per entry."""

import torch
from torch import Tensor

from interplm.metrics.functional.shapes import check_same_shape


def mean_squared_error_update(x: Tensor, reconstruction: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of one batch, float64: Σ‖x - x̂‖² and the number of entries, n_residues · d_in.

    Args:
        x: [n_residues, d_in].
        reconstruction: same shape and units.

    Raises:
        ValueError: if the shapes differ.
    """
    check_same_shape(x, reconstruction)
    squared_error = (x.double() - reconstruction.double()).square().sum()
    return squared_error, torch.tensor(x.numel(), dtype=torch.float64, device=x.device)


def mean_squared_error(x: Tensor, reconstruction: Tensor) -> Tensor:
    """Mean of (x - x̂)² over residues and dimensions; scalar in the units of x, squared.

    Arguments and errors are those of `mean_squared_error_update`; NaN for no residue.

    Example:
        >>> float(mean_squared_error(torch.tensor([[0.0, 2.0]]), torch.tensor([[0.0, 1.0]])))
        0.5
    """
    squared_error, n_entries = mean_squared_error_update(x, reconstruction)
    return squared_error / n_entries
