"""ReLU sparse autoencoders with an L1 penalty."""

import math
from typing import Literal

from torch import Tensor

from interplm.sae.base import ALL, Columns, SparseAutoencoder, check_positive
from interplm.sae.losses import mean_l1_norm, mean_l2_norm, mean_squared_norm
from interplm.sae.output import SAELoss, SAEOutput

Reconstruction = Literal["l2", "squared_l2"]


def l1_law(d_in: int | None) -> float | None:
    """2.4 / √d_in, at most 1/4: the L1 coefficient beside an un-squared L2 loss.

    There a feature pays if the cosine of its direction and the error is above the coefficient,
    whatever the units; by chance the cosine is of order 1 / √d_in. For d_in = 320 the law gives
    0.13, the middle of the range of Simon & Zou (2024), and about the same sparsity for other d_in;
    the widths below 92 of tests alone reach the limit.

    Args:
        d_in: width of an activation, None where it is not known yet; then so is the coefficient.
    """
    return None if d_in is None else min(0.25, 2.4 / math.sqrt(d_in))


class ReLUSAE(SparseAutoencoder):
    """features = ReLU((t(x) - b_dec) W_enc + b_enc), decoder rows of unit norm.

    loss = reconstruction + l1_coefficient · scale · mean_b ‖features_b‖₁, where reconstruction is
    mean_b ‖e_b‖₂ ("l2", not squared: Simon & Zou 2024) or mean_b ‖e_b‖₂² ("squared_l2": Bricken
    et al. 2023). A coefficient of one form means nothing in the other.
    """

    architecture = "relu"
    has_unit_decoder = True

    def __init__(
        self, *, d_in: int, d_sae: int, l1_coefficient: float, reconstruction: Reconstruction
    ) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        check_positive(l1_coefficient=l1_coefficient)
        if reconstruction not in ("l2", "squared_l2"):
            raise ValueError(
                f"sae.reconstruction must be l2 or squared_l2, got {reconstruction!r}."
            )
        self.l1_coefficient = l1_coefficient
        self.reconstruction: Reconstruction = reconstruction
        self.balance_encoder_()

    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        """ReLU."""
        return pre_activations.relu()

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Reconstruction plus warmed-up L1."""
        measure = mean_l2_norm if self.reconstruction == "l2" else mean_squared_norm
        reconstruction = measure(self.error(x, output))
        sparsity = self.l1_coefficient * sparsity_scale * mean_l1_norm(output.features)
        terms = {self.reconstruction: reconstruction.detach(), "l1": sparsity.detach()}
        return SAELoss(reconstruction + sparsity, terms)
