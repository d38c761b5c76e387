"""Angle between activations and their reconstructions."""

import torch
from torch import Tensor

from interplm.metrics.functional.shapes import check_same_shape


def cosine_similarity_update(x: Tensor, reconstruction: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of one batch, float64: Σ x·x̂ / (‖x‖ ‖x̂‖) and the number of residues.

    Args:
        x: [n_residues, d_in].
        reconstruction: same shape and units; a row of zeros, here or in x, counts as cosine 0.

    Raises:
        ValueError: if the shapes differ.
    """
    check_same_shape(x, reconstruction)
    x, reconstruction = x.double(), reconstruction.double()
    lengths = x.norm(dim=-1) * reconstruction.norm(dim=-1)
    products = (x * reconstruction).sum(dim=-1)
    cosines = torch.where(lengths > 0, products / lengths, 0.0)
    return cosines.sum(), torch.tensor(len(x), dtype=torch.float64, device=x.device)


def cosine_similarity(x: Tensor, reconstruction: Tensor) -> Tensor:
    """Mean over residues of the cosine between x and x̂; scalar in [-1, 1].

    A mean activation that all residues share makes any cosine large: compare it in the SAE's own
    space, where that mean is taken away. NaN for no residue; arguments and errors are those of
    `cosine_similarity_update`.

    Example:
        >>> float(cosine_similarity(torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 1.0]])))
        0.8
    """
    total, n_residues = cosine_similarity_update(x, reconstruction)
    return total / n_residues
