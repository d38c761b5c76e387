"""JumpReLU sparse autoencoder with thresholds learnt through a straight-through estimator."""

from typing import Literal, Self, get_args

import torch
from torch import Tensor, nn

from interplm.sae.base import ALL, Columns, SparseAutoencoder, check_positive
from interplm.sae.losses import fraction_unexplained, mean_tanh_norm
from interplm.sae.output import SAELoss, SAEOutput
from interplm.sae.straight_through import jump_relu, step

Sparsity = Literal["target_l0", "l0", "tanh"]


class JumpReLUSAE(SparseAutoencoder):
    """features = a · 1[a > θ], a = (t(x) - b_dec) W_enc + b_enc, one θ ≥ 0 for each feature.

    loss = Σ‖e‖² / Σ‖t(x) - mean‖² + coefficient · sparsity, where sparsity is
    - "target_l0": (L0 / target - 1)², which needs no search for the coefficient. During the
      sparsity warm-up the target falls geometrically from d_sae / 2, what a new encoder gives, to
      `l0_target`: far off its target the penalty outweighs the error at any scale, and all
      thresholds would rise at Adam's rate past what the weaker features reach;
    - "l0": scale · L0 (Rajamanoharan et al. 2024, arXiv:2407.14435, equation 9);
    - "tanh": scale · mean_b Σ_i tanh(steepness · f_bi ‖W_dec,i‖₂) with an unconstrained decoder
      (Anthropic, January 2025 update), in which the thresholds' gradient is the features' own.
    L0 is the mean number of features that fire on a residue. The error is measured as a fraction,
    so coefficients are those of inputs with unit mean squared norm, as in the first paper.

    `bandwidth` is the width, in units of pre-activations, of the window around θ in which residues
    move it. Inputs scaled to mean squared norm d_in give pre-activations of order 1, so the
    papers' 0.001, of inputs √d_in times smaller, would catch no residue here and leave L0 as it
    was. Thresholds are parameters themselves, not logarithms: at Adam's rate a logarithm takes
    several times as long from the start to a useful size. Under autocast they stay float32, and
    are compared in float32.
    """

    architecture = "jumprelu"

    def __init__(
        self,
        *,
        d_in: int,
        d_sae: int,
        sparsity: Sparsity,
        sparsity_coefficient: float,
        l0_target: float,
        steepness: float,
        initial_threshold: float,
        bandwidth: float,
    ) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        check_positive(
            sparsity_coefficient=sparsity_coefficient,
            l0_target=l0_target,
            steepness=steepness,
            initial_threshold=initial_threshold,
            bandwidth=bandwidth,
        )
        if sparsity not in get_args(Sparsity):
            raise ValueError(f"sae.sparsity must be target_l0, l0 or tanh, got {sparsity!r}.")
        self.sparsity: Sparsity = sparsity
        self.has_unit_decoder = sparsity != "tanh"
        self.sparsity_coefficient = sparsity_coefficient
        self.l0_target = l0_target
        self.steepness = steepness
        self.initial_threshold = initial_threshold
        self.bandwidth = bandwidth
        self.threshold = nn.Parameter(torch.full((d_sae,), initial_threshold))
        self.balance_encoder_()

    def firing_threshold(self, columns: Columns = ALL) -> Tensor:
        """The learnt thresholds."""
        return self.threshold[columns]

    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        """Zero up to the threshold, the identity above it."""
        return jump_relu(pre_activations, self.firing_threshold(columns), self.bandwidth)

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Unexplained fraction plus the warmed-up sparsity."""
        reconstruction = fraction_unexplained(self.error(x, output), self.target(x))
        sparsity = self.sparsity_coefficient * self._sparsity(output, sparsity_scale)
        terms = {
            "fraction_unexplained": reconstruction.detach(),
            self.sparsity: sparsity.detach(),
        }
        return SAELoss(reconstruction + sparsity, terms)

    def _sparsity(self, output: SAEOutput, scale: float) -> Tensor:
        if self.sparsity == "tanh":
            return scale * mean_tanh_norm(output.features, self.W_dec, steepness=self.steepness)
        fires = step(output.pre_activations, self.threshold, self.bandwidth)
        l0 = fires.sum(dim=-1).mean()
        if self.sparsity == "l0":
            return scale * l0
        at_start = self.d_sae / 2
        target = at_start * (self.l0_target / at_start) ** scale
        return (l0 / target - 1).square()

    @torch.no_grad()
    def constrain_(self) -> None:
        """See the base class; thresholds stay at zero or above, so that features do too."""
        super().constrain_()
        self.threshold.clamp_min_(0)

    @torch.no_grad()
    def raise_threshold_(self, by: float) -> Self:
        """See the base class; values above the threshold stay as they are."""
        self.threshold.add_(by).clamp_min_(0)
        return self

    @torch.no_grad()
    def fold_scale_(self, scale: Tensor) -> Self:
        """See the base class; thresholds are divided with the rest."""
        super().fold_scale_(scale)
        self.threshold.div_(scale)
        return self
