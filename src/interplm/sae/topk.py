"""TopK sparse autoencoder."""

import torch
from torch import Tensor

from interplm.sae.base import ALL, Columns
from interplm.sae.losses import fraction_unexplained
from interplm.sae.output import SAELoss, SAEOutput
from interplm.sae.selection import Kernel, PreActivationChunks, SelectingSAE
from interplm.sae.sparse_features import SparseFeatures, SparsePattern


class TopKSAE(SelectingSAE):
    """features = TopK_k(ReLU((t(x) - b_dec) W_enc + b_enc)), decoder rows of unit norm.

    loss = Σ‖e‖² / Σ‖t(x) - mean‖² (Gao et al. 2024, arXiv:2406.04093): a fraction of a variance,
    so no setting depends on the layer.
    """

    architecture = "topk"
    has_unit_decoder = True

    def __init__(self, *, d_in: int, d_sae: int, k: int, kernel: Kernel) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae, k=k, kernel=kernel)
        self.balance_encoder_()

    def largest(self, pre_activations: Tensor) -> tuple[Tensor, Tensor]:
        """The k entries of every row that may fire: values and features, both [n_residues, k]."""
        values, indices = pre_activations.topk(self.k, dim=-1, sorted=False)
        return values, indices

    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        """Keep the k largest positive entries of every row."""
        values, indices = self.largest(pre_activations)
        return torch.zeros_like(pre_activations).scatter(-1, indices, values.relu())

    def select(self, chunks: PreActivationChunks) -> SparseFeatures:
        """The k largest of every row, the negative ones as zeros."""
        values, columns = zip(*map(self.largest, chunks), strict=True)
        flat = torch.cat(columns).flatten()
        offsets = torch.arange(0, len(flat), self.k, device=flat.device)
        return SparseFeatures(
            torch.cat(values).flatten().relu(), SparsePattern(flat, offsets, self.d_sae)
        )

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Unexplained fraction; k alone sets the sparsity, so nothing is scaled."""
        total = fraction_unexplained(self.error(x, output), self.target(x))
        return SAELoss(total, {"fraction_unexplained": total.detach()})
