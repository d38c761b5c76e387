"""Pre-activation loss: dead features are pulled up to where they fire (Anthropic, January 2025)."""

import torch
from torch import Tensor

from interplm.sae import SAELoss, SAEOutput, SparseAutoencoder
from interplm.training.revival.base import Revival


class PreActivationLoss(Revival):
    """coefficient · mean_b Σ_dead ReLU(θ_i - a_bi) ‖W_dec,i‖₂.

    "Dictionary learning optimization techniques", transformer-circuits.pub, January 2025 update: a
    is the pre-activation and θ what it has to exceed, see `SparseAutoencoder.firing_threshold`.
    Its gradient does not depend on how far a feature is from firing, so it reaches the dead
    features of a plain ReLU and, where thresholds are learnt, lowers these too. The decoder's
    norm is a weight and gets no gradient: a shorter row would only hide the loss.

    Args:
        coefficient: weight of the term. Adam divides out the size of the one gradient that a dead
            feature gets, so that little depends on it.
    """

    term = "pre_activation"

    def __init__(self, *, coefficient: float) -> None:
        super().__init__()
        if coefficient <= 0:
            raise ValueError(f"revival.coefficient must be above 0, got {coefficient}.")
        self.coefficient = coefficient

    def loss(
        self, sae: SparseAutoencoder, x: Tensor, output: SAEOutput, loss: SAELoss, dead: Tensor
    ) -> Tensor | None:
        """See the base class."""
        missing = (sae.firing_threshold(dead) - sae.pre_activations(x, dead)).relu()
        return self.coefficient * pre_activation_loss(missing, sae.W_dec[dead])


def pre_activation_loss(missing: Tensor, W_dec: Tensor) -> Tensor:
    """mean_b Σ_i missing_bi ‖W_dec,i‖₂, without gradient of the norms.

    Args:
        missing: what the dead features lack to fire, [n_residues, n_dead], non-negative.
        W_dec: of the dead features, [n_dead, d_in].
    """
    return torch.mv(missing, W_dec.detach().norm(dim=1)).mean()
