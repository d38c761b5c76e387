"""TopK sparse autoencoder."""

import torch
from torch import Tensor

from interplm.sae.base import SAELoss, SAEOutput, SparseAutoencoder
from interplm.sae.losses import fraction_unexplained


class TopKSAE(SparseAutoencoder):
    """features = TopK_k(ReLU((t(x) - b_dec) W_enc + b_enc)), decoder rows of unit norm.

    loss = Σ‖e‖² / Σ‖t(x) - mean‖², a fraction of a variance, so that no setting depends on the
    layer (Gao et al. 2024, arXiv:2406.04093).
    """

    architecture = "topk"
    has_unit_decoder = True

    def __init__(self, *, d_in: int, d_sae: int, k: int) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        if not 0 < k <= d_sae:
            raise ValueError(f"sae.k must be in 1..d_sae={d_sae}, got {k}.")
        self.k = k
        self.balance_encoder_()

    def settings(self) -> dict[str, int | float | str | bool | None]:
        """See the base class."""
        return {"d_in": self.d_in, "d_sae": self.d_sae, "k": self.k}

    def activate(self, pre_activations: Tensor) -> Tensor:
        """Keep the k largest positive entries of every row."""
        values, indices = pre_activations.topk(self.k, dim=-1, sorted=False)
        return torch.zeros_like(pre_activations).scatter(-1, indices, values.relu())

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """The unexplained fraction; k alone sets the sparsity, so nothing is scaled."""
        total = fraction_unexplained(self.error(x, output), self.input_transform(x))
        return SAELoss(total, {"fraction_unexplained": total.detach()})
