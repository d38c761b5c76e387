"""ReLU sparse autoencoder with an unconstrained decoder."""

from torch import Tensor

from interplm.sae.base import ALL, Columns, SparseAutoencoder, check_positive
from interplm.sae.losses import mean_decoder_weighted_l1, mean_squared_norm
from interplm.sae.output import SAELoss, SAEOutput


class DecoderNormReLUSAE(SparseAutoencoder):
    """features = ReLU((t(x) - b_dec) W_enc + b_enc), decoder rows of any norm.

    loss = mean_b ‖e_b‖₂² + l1_coefficient · scale · mean_b Σ_i f_bi ‖W_dec,i‖₂ (Conerly et al.
    2024, "Update on how we train SAEs"). The penalty weighs a feature by what it adds to the
    reconstruction, so nothing is gained by small features with long decoder rows.
    """

    architecture = "relu_decoder_norm"
    has_unit_decoder = False

    def __init__(self, *, d_in: int, d_sae: int, l1_coefficient: float) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        check_positive(l1_coefficient=l1_coefficient)
        self.l1_coefficient = l1_coefficient
        self.balance_encoder_()

    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        """ReLU."""
        return pre_activations.relu()

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Squared error plus warmed-up, decoder-weighted L1."""
        reconstruction = mean_squared_norm(self.error(x, output))
        norm = mean_decoder_weighted_l1(output.features, self.W_dec)
        sparsity = self.l1_coefficient * sparsity_scale * norm
        terms = {"squared_l2": reconstruction.detach(), "weighted_l1": sparsity.detach()}
        return SAELoss(reconstruction + sparsity, terms)
