"""AuxK: dead features learn to explain what the living ones leave (Gao et al. 2024)."""

import torch
from torch import Tensor

from interplm.sae import SAELoss, SAEOutput, SparseAutoencoder
from interplm.sae.losses import fraction_unexplained
from interplm.training.revival.base import Revival


class AuxK(Revival):
    """coefficient · ‖e - ê‖² / ‖e - mean e‖², ê from the k_aux strongest dead features.

    Gao et al. 2024 (arXiv:2406.04093), section A.2; see `auxk_loss`. Only positive
    pre-activations count, so it reaches features that lose against others or against a threshold
    above zero, but not those of a plain ReLU, whose dead features are never positive.

    Args:
        coefficient: weight of the term.
        k_aux: most dead features used for a residue.
    """

    term = "auxk"

    def __init__(self, *, coefficient: float, k_aux: int) -> None:
        super().__init__()
        if coefficient <= 0 or k_aux < 1:
            raise ValueError(
                "revival.coefficient must be above 0 and revival.k_aux at least 1, got "
                f"{coefficient} and {k_aux}; revival=none turns AuxK off."
            )
        self.coefficient = coefficient
        self.k_aux = k_aux

    def loss(
        self, sae: SparseAutoencoder, x: Tensor, output: SAEOutput, loss: SAELoss, dead: Tensor
    ) -> Tensor | None:
        """See the base class."""
        pre_activations = sae.pre_activations(x, dead)
        return self.coefficient * auxk_loss(
            sae.error(x, output), pre_activations, sae.W_dec[dead], k_aux=self.k_aux
        )


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
