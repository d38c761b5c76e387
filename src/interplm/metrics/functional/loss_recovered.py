"""How much of what an ablation loses a reconstruction gives back."""

from torch import Tensor


def loss_recovered(reconstructed: Tensor, original: Tensor, ablated: Tensor) -> Tensor:
    """1 - (CE_sae - CE_original) / (CE_ablated - CE_original), not clipped.

    1 is a reconstruction as good as the original, 0 one as bad as the ablation; below 0 it is
    worse than ablation and above 1 better than the original (Simon & Zou 2024, Methods).

    Args:
        reconstructed: cross-entropy with the SAE's reconstructions.
        original: cross-entropy of the model as it is.
        ablated: cross-entropy with the layer's output replaced by zeros, or by its mean.

    Returns:
        Of the same shape; infinite or NaN where the ablation changes nothing.

    Example:
        >>> import torch
        >>> ce_sae, ce_original, ce_zero = torch.tensor([2.25, 2.0, 3.0])
        >>> float(loss_recovered(ce_sae, ce_original, ce_zero))
        0.75
    """
    return 1 - (reconstructed - original) / (ablated - original)
