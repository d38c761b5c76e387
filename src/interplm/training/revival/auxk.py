"""AuxK: dead features learn to explain what the living ones leave (Gao et al. 2024)."""

from torch import Tensor

from interplm.sae import SAELoss, SAEOutput, SparseAutoencoder
from interplm.sae.losses import auxk_loss
from interplm.training.revival.base import Revival


class AuxK(Revival):
    """coefficient · ‖e - ê‖² / ‖e - mean e‖², ê from the k_aux strongest dead features.

    Gao et al. 2024 (arXiv:2406.04093), section A.2; see `interplm.sae.losses.auxk_loss`. Only
    positive pre-activations count, so it reaches features that lose against others or against a
    threshold above zero, but not those of a plain ReLU, whose dead features are never positive.

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
        self._coefficient = coefficient
        self._k_aux = k_aux

    def loss(
        self, sae: SparseAutoencoder, x: Tensor, output: SAEOutput, loss: SAELoss, dead: Tensor
    ) -> Tensor | None:
        """See the base class."""
        error = sae.error(x, output)
        return self._coefficient * auxk_loss(
            error, sae.pre_activations(x, dead), sae.W_dec[dead], k_aux=self._k_aux
        )
