"""BatchTopK sparse autoencoder."""

import torch
from torch import Tensor

from interplm.sae.base import ALL, Columns, SAELoss, SAEOutput, SparseAutoencoder
from interplm.sae.losses import fraction_unexplained
from interplm.sae.topk import check_k


class BatchTopKSAE(SparseAutoencoder):
    """Training: features = the k · n_residues largest of ReLU((t(x) - b_dec) W_enc + b_enc).

    A residue may take more than k of them and another fewer. Evaluation: every pre-activation
    above `threshold`, a running mean of the smallest value kept in training, so that a residue's
    features don't depend on its batch (Bussmann et al. 2024, arXiv:2412.06410). Decoder rows are
    of unit norm; loss = Σ‖e‖² / Σ‖t(x) - mean‖².

    Attributes:
        threshold: float64 scalar, for a mean over many steps; 0 until the first update.
    """

    architecture = "batchtopk"
    has_unit_decoder = True
    features_compete = True
    threshold: Tensor

    def __init__(self, *, d_in: int, d_sae: int, k: int, threshold_decay: float) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        check_k(k, d_sae)
        if not 0 <= threshold_decay < 1:
            raise ValueError(
                f"sae.threshold_decay must be at least 0 and below 1, got {threshold_decay}."
            )
        self.k = k
        self.threshold_decay = threshold_decay
        self.register_buffer("threshold", torch.zeros((), dtype=torch.float64))
        self.balance_encoder_()

    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        """The largest of the batch in training, all above the threshold in evaluation."""
        if not self.training:
            return torch.where(pre_activations > self.threshold, pre_activations, 0.0)
        positive = pre_activations.relu().flatten()
        values, indices = positive.topk(self.k * len(pre_activations), sorted=False)
        return torch.zeros_like(positive).scatter(0, indices, values).view_as(pre_activations)

    def encode_features(self, x: Tensor, indices: Tensor) -> Tensor:
        """See the base class; in evaluation, features don't compete."""
        if self.training:
            return super().encode_features(x, indices)
        return self.activate(self.pre_activations(x, indices), indices)

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Unexplained fraction; k alone sets the sparsity, so nothing is scaled."""
        total = fraction_unexplained(self.error(x, output), self.input_transform(x))
        return SAELoss(total, {"fraction_unexplained": total.detach()})

    @torch.no_grad()
    def update_(self, output: SAEOutput) -> None:
        """Move the threshold towards the smallest feature of a training batch that fired."""
        assert self.training
        fired = output.features[output.features > 0]
        if not len(fired):
            return
        smallest = fired.min().double()
        is_first = self.threshold == 0
        moved = torch.lerp(smallest, self.threshold, self.threshold_decay)
        self.threshold.copy_(torch.where(is_first, smallest, moved))
