"""Decoder directions of unit norm, as in Bricken et al. 2023, "Towards Monosemanticity"."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def remove_parallel_gradient_(W_dec: nn.Parameter) -> None:
    """Remove from the gradient of each row its part along the row, in place.

    g ← g - (g·ŵ) ŵ. That part would only change the norm, which the constraint undoes, while
    Adam's moments would keep it.

    Args:
        W_dec: [d_sae, d_in] with a gradient and rows of unit norm.
    """
    assert W_dec.grad is not None
    along = (W_dec.grad * W_dec).sum(dim=1, keepdim=True)
    W_dec.grad.addcmul_(along, W_dec, value=-1)


@torch.no_grad()
def normalize_decoder_(W_dec: Tensor) -> None:
    """Scale every row of [d_sae, d_in] to unit norm, in place; a row of zeros stays."""
    norms = W_dec.norm(dim=1, keepdim=True)
    W_dec.div_(torch.where(norms > 0, norms, 1.0))
