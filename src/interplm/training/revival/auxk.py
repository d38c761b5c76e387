"""AuxK: dead features learn to explain what the living ones leave (Gao et al. 2024)."""

import torch
from torch import Tensor

from interplm.sae import SAELoss, SAEOutput, SparseAutoencoder
from interplm.sae.losses import fraction_unexplained
from interplm.training.revival.base import Revival
from interplm.training.revival.pre_activation import pre_activation_loss


class AuxK(Revival):
    """coefficient · (‖e - ê‖² / ‖e - mean e‖² + pull · r).

    Gao et al. 2024 (arXiv:2406.04093), section A.2; see `auxk_loss`: ê is what the k_aux strongest
    dead features make of the error e. Only positive pre-activations count, so ê reaches features
    that lose against others or against a threshold above zero, but not those of a plain ReLU, and
    none that its own steps have pushed below zero on every residue: once the error is small beside
    a step of Adam, these are most of the dead. r pulls them back to where ê reaches them, see
    `out_of_reach_loss`.

    Args:
        coefficient: weight of the term.
        k_aux: most dead features used for a residue.
        pull: weight of r; 0 is the paper's form.
    """

    term = "auxk"

    def __init__(self, *, coefficient: float, k_aux: int, pull: float = 0.0) -> None:
        super().__init__()
        if coefficient <= 0 or k_aux < 1:
            raise ValueError(
                "revival.coefficient must be above 0 and revival.k_aux at least 1, got "
                f"{coefficient} and {k_aux}; revival=none turns AuxK off."
            )
        if pull < 0:
            raise ValueError(f"revival.pull must be at least 0, got {pull}.")
        self.coefficient = coefficient
        self.k_aux = k_aux
        self.pull = pull

    def loss(
        self, sae: SparseAutoencoder, x: Tensor, output: SAEOutput, loss: SAELoss, dead: Tensor
    ) -> Tensor | None:
        """See the base class."""
        pre_activations, W_dec = sae.pre_activations(x, dead), sae.W_dec[dead]
        term = auxk_loss(sae.error(x, output), pre_activations, W_dec, k_aux=self.k_aux)
        if self.pull:
            term = term + self.pull * out_of_reach_loss(pre_activations, W_dec)
        return self.coefficient * term


def auxk_loss(error: Tensor, pre_activations: Tensor, W_dec: Tensor, *, k_aux: int) -> Tensor:
    """What dead features could still explain of the error (Gao et al. 2024, section A.2).

    ê = Σ over the k_aux largest dead features of ReLU(pre) W_dec;  fraction of e unexplained by
    ê, times min(n_dead / k_aux, 1), so that few dead features do not shout.

    Args:
        error: [n_residues, d_in]; no gradient flows into it.
        pre_activations: of the dead features, [n_residues, n_dead].
        W_dec: of the dead features, [n_dead, d_in].
        k_aux: most dead features used for a residue.
    """
    error = error.detach()
    n_dead = len(W_dec)
    candidates = pre_activations.relu()
    values, chosen = candidates.topk(min(k_aux, n_dead), dim=-1, sorted=False)
    features = torch.zeros_like(candidates).scatter(-1, chosen, values)
    return fraction_unexplained(error - features @ W_dec, error) * min(n_dead / k_aux, 1.0)


def out_of_reach_loss(pre_activations: Tensor, W_dec: Tensor) -> Tensor:
    """The pre-activation loss of the dead features that are positive on no residue of a batch.

    r = mean_b Σ_i ReLU(-pre_bi) ‖W_dec,i‖₂ over those features, without gradient of the norms, see
    `interplm.training.revival.pre_activation`.

    Args:
        pre_activations: of the dead features, [n_residues, n_dead].
        W_dec: of the dead features, [n_dead, d_in].
    """
    out_of_reach = (pre_activations <= 0).all(dim=0)
    return pre_activation_loss((-pre_activations).relu() * out_of_reach, W_dec)
