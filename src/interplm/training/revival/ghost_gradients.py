"""Ghost gradients: dead features get the gradient they would have if they fired.

Jermyn & Templeton 2024, "Ghost Grads: An improvement on resampling", transformer-circuits.pub.
The original InterPLM toolkit has a forward pass for them that none of its trainers calls.
"""

import torch
from torch import Tensor

from interplm.sae import SAELoss, SAEOutput, SparseAutoencoder
from interplm.training.revival.base import Revival

# Of the mean square of an error: smaller differences than a tenth of its entries count as that.
_SMALLEST_SQUARE = 1e-2
_EPSILON = 1e-6


class GhostGradients(Revival):
    """Σ_i w_i (ĝ_i - r_i)² over the entries of the error, as large as the reconstruction loss.

    With r the error, which gets no gradient, g = exp(pre_dead) W_dec,dead and
    ĝ = g · ‖r‖ / (2‖g‖); neither factor of scale gets a gradient. The exponential is positive
    where the activation function is not, so it reaches features that never come near firing.

    The weights w_i = r_i² / (ĝ_i - r_i)², without gradient too, make each entry's part as large as
    that of the error itself, as in the implementations that were trained with. They decide whether
    features come back. With one weight for all entries the gradient of the common size of all
    exp(pre) is 2 (ĝ - r)·ĝ = ‖r‖² (1/2 - cos(ĝ, r)): until dead features point along the error it
    pushes all of them further down, at the optimiser's full rate however far down they are. With
    these weights it is about -2 (r + ĝ)·ĝ, which lifts them.

    What it does for ReLU and TopK, beside the other remedies: experiments/ghost_gradients.
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
    """mean_b Σ_i w_bi (ĝ_bi - r_bi)² with ĝ = exp(pre) W_dec scaled to half the length of r.

    w = r² / ((ĝ - r)² + mean_i r² / 100): without the second term entries that happen to fit would
    have a gradient without bounds.

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
    squares = (ghost * scale - residual).square()
    size = residual.square()
    smallest = _SMALLEST_SQUARE * size.mean(dim=1, keepdim=True) + torch.finfo(size.dtype).tiny
    return (squares * (size / (squares.detach() + smallest))).sum(dim=1).mean()
