"""Transcoders of other toolkits: sparse features of one state that predict another."""

from typing import Literal, NoReturn, Self, get_args

import torch
from torch import Tensor, nn

from interplm.errors import UserError
from interplm.sae.base import ALL, Columns, SparseAutoencoder
from interplm.sae.input_transform import AffineTransform
from interplm.sae.output import SAELoss, SAEOutput

Activation = Literal["relu", "topk", "jumprelu"]


class Transcoder(SparseAutoencoder):
    """features = activate((t(x) - b_dec) W_enc + b_enc);  ŷ = t⁻¹(features W_dec + b_out) + s.

    s is x W_skip where there is a skip connection. y is another state than the x that is read, as a
    rule the output of the MLP whose input is x. Features can be used as those of any SAE.
    Reconstructions cannot: there are none, so all that would put one in place of x is refused. It
    is for inference alone.

    Args:
        d_in: width of x.
        d_out: width of y.
        d_sae: number of features.
        activation: "relu"; "topk", the k largest positive; "jumprelu", those above `threshold`.
        k: of topk, and None otherwise.
        has_skip: whether x W_skip is added.

    Attributes:
        W_dec: [d_sae, d_out].
        b_out: [d_out].
        b_dec: [d_in], subtracted from what the encoder reads, and nothing else.
        threshold: [d_sae], of jumprelu.
        W_skip: [d_in, d_out], where there is one.
    """

    architecture = "transcoder"
    has_unit_decoder = False
    threshold: Tensor
    W_skip: Tensor

    def __init__(
        self,
        *,
        d_in: int,
        d_out: int,
        d_sae: int,
        activation: Activation,
        k: int | None,
        has_skip: bool,
    ) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        if activation not in get_args(Activation) or (activation == "topk") != (k is not None):
            raise ValueError(
                "A transcoder's activation must be relu, jumprelu, or topk and then with k: got "
                f"{activation!r} and k={k}."
            )
        if k is not None and not 0 < k <= d_sae:
            raise ValueError(f"A transcoder's k must be in 1..d_sae={d_sae}, got {k}.")
        self.activation: Activation = activation
        self.k = k
        self.has_skip = has_skip
        self.features_compete = activation == "topk"
        self.W_dec = nn.Parameter(torch.zeros(d_sae, d_out))
        self.b_out = nn.Parameter(torch.zeros(d_out))
        if activation == "jumprelu":
            self.threshold = nn.Parameter(torch.zeros(d_sae))
        if has_skip:
            self.W_skip = nn.Parameter(torch.zeros(d_in, d_out))

    @property
    def d_in(self) -> int:
        """Width of what is read."""
        return self.W_enc.shape[0]

    @property
    def d_out(self) -> int:
        """Width of what is predicted."""
        return self.W_dec.shape[1]

    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        """As `activation` says."""
        if self.k is not None:
            values, indices = pre_activations.topk(self.k, dim=-1, sorted=False)
            return torch.zeros_like(pre_activations).scatter(-1, indices, values.relu())
        above = pre_activations > self.firing_threshold(columns)
        return torch.where(above, pre_activations, 0.0)

    def firing_threshold(self, columns: Columns = ALL) -> Tensor:
        """The thresholds of jumprelu, 0 otherwise."""
        if self.activation != "jumprelu":
            return super().firing_threshold(columns)
        return self.threshold[columns].clamp_min(0)

    @torch.no_grad()
    def fold_scale_(self, scale: Tensor) -> Self:
        """See the base class; predictions stay."""
        super().fold_scale_(scale)
        if self.activation == "jumprelu":
            self.threshold.div_(scale)
        return self

    def predict(self, x: Tensor) -> Tensor:
        """Ŷ [n_residues, d_out] from x [n_residues, d_in]."""
        decoded = torch.addmm(self.b_out, self.encode(x), self.W_dec)
        predicted = self._in_units_of_y(decoded, x)
        return predicted + x @ self.W_skip if self.has_skip else predicted

    def _in_units_of_y(self, decoded: Tensor, x: Tensor) -> Tensor:
        """A scale of x is one of y too; its mean, and lengths that are not undone, are not."""
        transform = self.input_transform
        if isinstance(transform, AffineTransform):
            return decoded * transform.scale
        return transform.inverse(decoded, x) if transform.needs_input else decoded

    def decode(self, features: Tensor, x: Tensor | None = None) -> NoReturn:
        """Refused: features of a transcoder say nothing of x.

        Raises:
            UserError: always.
        """
        raise UserError(
            "This is a transcoder: it predicts another state than the one it reads, so it has no "
            "reconstruction to evaluate or to put in place of an activation. Use its features, "
            "encode(x), or what it predicts, predict(x)."
        )

    def forward(self, x: Tensor) -> SAEOutput:
        """Refused, as `decode` is."""
        self.decode(x)

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Refused, as `decode` is."""
        self.decode(x)
