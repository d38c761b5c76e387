"""Gated sparse autoencoder."""

from typing import Self

import torch
from torch import Tensor, nn

from interplm.sae.base import ALL, Columns, SparseAutoencoder, check_positive
from interplm.sae.losses import mean_l1_norm, mean_squared_norm
from interplm.sae.output import SAELoss, SAEOutput


class GatedSAE(SparseAutoencoder):
    """features = 1[g > 0] · ReLU(m): one path says whether a feature fires, the other how much.

    g = (t(x) - b_dec) W_enc + b_enc, the pre-activations, and m = (g - b_enc) exp(r_mag) + b_mag
    share the encoder's directions; decoder rows are of unit norm.

    loss = mean_b ‖e_b‖₂² + l1_coefficient · scale · mean_b ‖ReLU(g_b)‖₁ + mean_b ‖ê_b‖₂², where ê
    is the error of the reconstruction from ReLU(g) by a decoder that gets no gradient from it: it
    is there to train the gate, through which no other gradient flows (Rajamanoharan et al. 2024,
    arXiv:2404.16014, equation 8).
    """

    architecture = "gated"
    has_unit_decoder = True

    def __init__(self, *, d_in: int, d_sae: int, l1_coefficient: float) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        check_positive(l1_coefficient=l1_coefficient)
        self.l1_coefficient = l1_coefficient
        self.r_mag = nn.Parameter(torch.zeros(d_sae))
        self.b_mag = nn.Parameter(torch.zeros(d_sae))
        self.balance_encoder_()

    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        """The magnitude where the gate is open."""
        directions = pre_activations - self.b_enc[columns]
        magnitudes = directions * self.r_mag[columns].exp() + self.b_mag[columns]
        return torch.where(pre_activations > 0, magnitudes.relu(), 0.0)

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Squared error, warmed-up L1 of the gate, and the gate's own squared error."""
        gate = output.pre_activations.relu()
        reconstruction = mean_squared_norm(self.error(x, output))
        sparsity = self.l1_coefficient * sparsity_scale * mean_l1_norm(gate)
        by_gate = torch.addmm(self.b_dec.detach(), gate, self.W_dec.detach())
        auxiliary = mean_squared_norm(self.target(x) - by_gate)
        terms = {"squared_l2": reconstruction, "gate_l1": sparsity, "gate_squared_l2": auxiliary}
        total = reconstruction + sparsity + auxiliary
        return SAELoss(total, {name: term.detach() for name, term in terms.items()})

    @torch.no_grad()
    def fold_scale_(self, scale: Tensor) -> Self:
        """See the base class; both paths are divided."""
        super().fold_scale_(scale)
        self.b_mag.div_(scale)
        return self
