"""BatchTopK sparse autoencoder."""

import math
from typing import Self

import torch
from torch import Tensor

from interplm.sae.base import ALL, Columns
from interplm.sae.losses import fraction_unexplained
from interplm.sae.output import SAELoss, SAEOutput
from interplm.sae.selection import Kernel, PreActivationChunks, SelectingSAE
from interplm.sae.sparse_features import SparseFeatures, SparsePattern

# How many of the first pre-activations are looked at to guess the smallest that will be kept.
_SAMPLE = 2**16


class BatchTopKSAE(SelectingSAE):
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
    threshold: Tensor

    def __init__(
        self, *, d_in: int, d_sae: int, k: int, threshold_decay: float, kernel: Kernel
    ) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae, k=k, kernel=kernel)
        if not 0 <= threshold_decay < 1:
            raise ValueError(
                f"sae.threshold_decay must be at least 0 and below 1, got {threshold_decay}."
            )
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

    def firing_threshold(self, columns: Columns = ALL) -> Tensor:
        """The running threshold."""
        return self.threshold.to(self.b_enc.dtype)

    @torch.no_grad()
    def raise_threshold_(self, by: float) -> Self:
        """See the base class: the threshold of evaluation, where no number is given."""
        self.threshold.add_(by)
        return self

    def is_sparse(self, x: Tensor) -> bool:
        """See the base class; in evaluation nothing is selected."""
        return self.training and super().is_sparse(x)

    def select(self, chunks: PreActivationChunks) -> SparseFeatures:
        """The k · n_residues largest, found among those above a guess that proves low enough."""
        n_kept = self.k * len(chunks.centred)
        for slack in (2.0, 8.0, math.inf):
            values, places = _above_guess(chunks, share=slack * self.k / self.d_sae)
            if len(values) >= n_kept:
                break
        if len(values) > n_kept:
            # Sorted places keep the order of residues.
            kept = values.topk(n_kept, sorted=False).indices.sort().values
            values, places = values[kept], places[kept]
        rows = places // self.d_sae
        counts = rows.bincount(minlength=len(chunks.centred))
        pattern = SparsePattern(places % self.d_sae, counts.cumsum(0) - counts, self.d_sae)
        return SparseFeatures(values, pattern)

    def encode_features(self, x: Tensor, indices: Tensor) -> Tensor:
        """See the base class; in evaluation, features don't compete."""
        if self.training:
            return super().encode_features(x, indices)
        return self.activate(self.pre_activations(x, indices), indices)

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Unexplained fraction; k alone sets the sparsity, so nothing is scaled."""
        total = fraction_unexplained(self.error(x, output), self.target(x))
        return SAELoss(total, {"fraction_unexplained": total.detach()})

    @torch.no_grad()
    def update_(self, output: SAEOutput) -> None:
        """Move the threshold towards the smallest feature of a training batch that fired."""
        assert self.training
        fired = output.fired_values()
        if not len(fired):
            return
        smallest = fired.min().double()
        is_first = self.threshold == 0
        moved = torch.lerp(smallest, self.threshold, self.threshold_decay)
        self.threshold.copy_(torch.where(is_first, smallest, moved))


def _above_guess(chunks: PreActivationChunks, *, share: float) -> tuple[Tensor, Tensor]:
    """All positive pre-activations above the guess that a `share` of them is.

    Returns:
        Values and places, residue · d_sae + feature, both [n], in order. Nothing larger was left
        out, so the k largest are among them if they are at least k.
    """
    values: list[Tensor] = []
    places: list[Tensor] = []
    guess, n_before = None, 0
    for chunk in chunks:
        flat = chunk.flatten()
        if guess is None:
            guess = _upper_quantile(flat, share).clamp_min(0)
        above = (flat > guess).nonzero().squeeze(1)
        values.append(flat[above])
        places.append(above + n_before)
        n_before += len(flat)
    return torch.cat(values), torch.cat(places)


def _upper_quantile(flat: Tensor, share: float) -> Tensor:
    """A value that about a `share` of the entries exceeds, from a sample; 0 for all of them."""
    # An odd step doesn't fall on the same few features again and again.
    sample = flat[:: len(flat) // _SAMPLE | 1]
    if share >= 1 or not len(sample):
        return flat.new_zeros(())
    return sample.topk(math.ceil(share * len(sample)), sorted=False).values.min()
