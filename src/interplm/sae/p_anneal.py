"""ReLU sparse autoencoder whose penalty sharpens from L1 towards L0."""

import torch
from torch import Tensor

from interplm.sae.base import ALL, Columns, SparseAutoencoder, check_positive
from interplm.sae.losses import mean_l1_norm, mean_lp_norm, mean_squared_norm
from interplm.sae.output import SAELoss, SAEOutput


class PAnnealSAE(SparseAutoencoder):
    """features = ReLU((t(x) - b_dec) W_enc + b_enc), decoder rows of unit norm.

    loss = mean_b ‖e_b‖₂² + coefficient · scale · r · mean_b ‖f_b‖ₚᵖ, where p falls linearly from 1
    to `p_end` after `anneal_start` of the training (Karvonen et al. 2024, arXiv:2408.00113), and
    r = mean ‖f‖₁ / mean ‖f‖ₚᵖ is a number, without gradient, that keeps the penalty's size.

    The paper changes p in steps and multiplies the coefficient at each by the ratio of the old
    norm to the new on recent batches. While the features hold still these ratios multiply to r,
    which is continuous in p and needs no history: a resumed run has the same penalty.
    """

    architecture = "p_anneal"
    has_unit_decoder = True

    def __init__(
        self,
        *,
        d_in: int,
        d_sae: int,
        sparsity_coefficient: float,
        p_end: float,
        anneal_start: float,
    ) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        check_positive(sparsity_coefficient=sparsity_coefficient)
        if not 0 < p_end <= 1:
            raise ValueError(f"sae.p_end must be above 0 and at most 1, got {p_end}.")
        if not 0 <= anneal_start < 1:
            raise ValueError(
                f"sae.anneal_start must be at least 0 and below 1, got {anneal_start}."
            )
        self.sparsity_coefficient = sparsity_coefficient
        self.p_end = p_end
        self.anneal_start = anneal_start
        self.balance_encoder_()

    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        """ReLU."""
        return pre_activations.relu()

    def p(self, progress: float) -> float:
        """The exponent after `progress`, 0..1, of the training."""
        annealed = (progress - self.anneal_start) / (1 - self.anneal_start)
        return 1 - (1 - self.p_end) * min(max(annealed, 0.0), 1.0)

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Squared error plus warmed-up Lp of the size that L1 would have."""
        reconstruction = mean_squared_norm(self.error(x, output))
        norm = mean_lp_norm(output.features, self.p(progress))
        with torch.no_grad():
            ratio = mean_l1_norm(output.features) / norm.clamp_min(torch.finfo(norm.dtype).tiny)
        sparsity = self.sparsity_coefficient * sparsity_scale * ratio * norm
        terms = {"squared_l2": reconstruction.detach(), "lp": sparsity.detach()}
        return SAELoss(reconstruction + sparsity, terms)
