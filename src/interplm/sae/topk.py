"""TopK sparse autoencoder."""

import torch
from torch import Tensor

from interplm.sae.base import SAELoss, SAEOutput, SparseAutoencoder
from interplm.sae.losses import auxk_loss, fraction_unexplained


class TopKSAE(SparseAutoencoder):
    """features = TopK_k(ReLU((t(x) - b_dec) W_enc + b_enc)), decoder rows of unit norm.

    loss = Σ‖e‖² / Σ‖t(x) - mean‖² + auxk_coefficient · AuxK over dead features (Gao et al. 2024,
    arXiv:2406.04093). Both terms are fractions of a variance, so no setting depends on the layer.
    """

    architecture = "topk"
    has_unit_decoder = True

    def __init__(
        self, *, d_in: int, d_sae: int, k: int, auxk_coefficient: float, k_aux: int
    ) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        if not 0 < k <= d_sae:
            raise ValueError(f"sae.k must be in 1..d_sae={d_sae}, got {k}.")
        if k_aux < 1:
            raise ValueError(f"sae.k_aux must be at least 1, got {k_aux}.")
        self.k = k
        self.auxk_coefficient = auxk_coefficient
        self.k_aux = k_aux
        self.balance_encoder_()

    def settings(self) -> dict[str, int | float | str | bool | None]:
        """See the base class."""
        return {
            "d_in": self.d_in,
            "d_sae": self.d_sae,
            "k": self.k,
            "auxk_coefficient": self.auxk_coefficient,
            "k_aux": self.k_aux,
        }

    def activate(self, pre_activations: Tensor) -> Tensor:
        """Keep the k largest positive entries of every row."""
        values, indices = pre_activations.topk(self.k, dim=-1, sorted=False)
        return torch.zeros_like(pre_activations).scatter(-1, indices, values.relu())

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, dead: Tensor | None
    ) -> SAELoss:
        """Unexplained fraction plus AuxK; k alone sets the sparsity, so nothing is scaled."""
        error = self.error(x, output)
        total = fraction_unexplained(error, self.input_transform(x))
        terms = {"fraction_unexplained": total.detach()}
        if dead is not None and self.auxk_coefficient > 0:
            auxiliary = self.auxk_coefficient * auxk_loss(
                error, output.pre_activations, self.W_dec, dead, k_aux=self.k_aux
            )
            total = total + auxiliary
            terms["auxk"] = auxiliary.detach()
        return SAELoss(total, terms)
