"""Ghost gradients: dead features get the gradient they would have if they fired.

Jermyn & Templeton 2024, "Ghost Grads: An improvement on resampling", transformer-circuits.pub.
The original InterPLM toolkit has a forward pass for them that none of its trainers calls.
"""

import torch
from torch import Tensor

from interplm.sae import SAELoss, SAEOutput, SparseAutoencoder
from interplm.training.revival.base import Revival

_EPSILON = 1e-6


class GhostGradients(Revival):
    """‖ĝ - r‖² over dead features, as large as the reconstruction loss.

    With r the error, which gets no gradient, g = exp(pre_dead) W_dec,dead and
    ĝ = g · ‖r‖ / (2‖g‖); neither factor of scale gets a gradient. The exponential is positive
    where the activation function is not, so it reaches features that never come near firing.
    """

    term = "ghost_gradients"

    def loss(
        self, sae: SparseAutoencoder, x: Tensor, output: SAEOutput, loss: SAELoss, dead: Tensor
    ) -> Tensor | None:
        """See the base class."""
        reconstruction_loss = next(iter(loss.terms.values()))
        residual = sae.error(x, output).detach()
        distance = ghost_distance(residual, sae.pre_activations(x, dead), sae.W_dec[dead])
        return distance * (reconstruction_loss / (distance.detach() + _EPSILON))


def ghost_distance(residual: Tensor, pre_activations: Tensor, W_dec: Tensor) -> Tensor:
    """mean_b ‖ĝ_b - r_b‖² with ĝ = exp(pre) W_dec scaled to half the length of r.

    Args:
        residual: r, [n_residues, d_in], without gradient.
        pre_activations: of the dead features, [n_residues, n_dead].
        W_dec: of the dead features, [n_dead, d_in].
    """
    # A factor of a row disappears in the scaling, so exp cannot overflow.
    largest = pre_activations.detach().amax(dim=1, keepdim=True)
    ghost = torch.exp(pre_activations - largest) @ W_dec
    length = ghost.detach().norm(dim=1, keepdim=True)
    scale = residual.norm(dim=1, keepdim=True) / (2 * length + _EPSILON)
    return (ghost * scale - residual).square().sum(dim=1).mean()
