"""What every sparse autoencoder is: two linear maps with a sparse code between them."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from interplm.sae.decoder_constraint import normalize_decoder_, remove_parallel_gradient_
from interplm.sae.input_transform import InputTransform

# Some features, by number, or a run of them.
Columns = Tensor | slice
ALL = slice(None)

_ROWS_IN_CACHE = 128


@dataclass(frozen=True, slots=True)
class SAEOutput:
    """One forward pass.

    Attributes:
        reconstruction: [n_residues, d_in], in the PLM's units.
        features: [n_residues, d_sae], non-negative.
        pre_activations: [n_residues, d_sae], before the activation function.
    """

    reconstruction: Tensor
    features: Tensor
    pre_activations: Tensor

    def firing_counts(self) -> Tensor:
        """On how many residues each feature fires, int64 [d_sae]."""
        if self.features.is_cuda:
            return self.features.count_nonzero(dim=0)
        # In pieces that stay in the cache this takes a fifteenth of count_nonzero's time.
        pieces = self.features.detach().split(_ROWS_IN_CACHE)
        return torch.stack([piece.sign().sum(dim=0) for piece in pieces]).long().sum(dim=0)


@dataclass(frozen=True, slots=True)
class SAELoss:
    """What training minimises, and what it is the sum of.

    Attributes:
        total: scalar with gradient.
        terms: detached scalars for the log, each weighted as in the sum; the reconstruction first.
    """

    total: Tensor
    terms: dict[str, Tensor]


class SparseAutoencoder(nn.Module, ABC):
    """features = activate((t(x) - b_dec) W_enc + b_enc);  x̂ = t⁻¹(features W_dec + b_dec).

    t is the input transform: centring, and scaling where asked for. `W_dec` [d_sae, d_in] starts
    with random unit rows and `W_enc` [d_in, d_sae] as its transpose, scaled by `balance_encoder_`;
    biases start at zero. A subclass gives the activation function, the loss and its settings, and
    ends its constructor with `balance_encoder_`.

    Attributes:
        architecture: name of the module that defines the class, `interplm.sae.<architecture>`.
        has_unit_decoder: whether decoder rows are kept at unit norm.
    """

    architecture: ClassVar[str]
    has_unit_decoder: ClassVar[bool]
    _classes: ClassVar[dict[str, type["SparseAutoencoder"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:  # Any: passed on as they came
        super().__init_subclass__(**kwargs)
        if "architecture" in cls.__dict__:
            SparseAutoencoder._classes[cls.architecture] = cls

    @classmethod
    def class_of(cls, architecture: str) -> type["SparseAutoencoder"] | None:
        """The defined class of that name, if its module has been imported."""
        return cls._classes.get(architecture)

    def __init__(self, *, d_in: int, d_sae: int) -> None:
        super().__init__()
        if d_in < 1 or d_sae < 1:
            raise ValueError(f"sae.d_in and sae.d_sae must be positive, got {d_in} and {d_sae}.")
        self.input_transform = InputTransform(d_in)
        directions = nn.functional.normalize(torch.randn(d_sae, d_in), dim=1)
        self.W_enc = nn.Parameter(directions.T.contiguous())
        self.W_dec = nn.Parameter(directions)
        self.b_enc = nn.Parameter(torch.zeros(d_sae))
        self.b_dec = nn.Parameter(torch.zeros(d_in))

    @torch.no_grad()
    def balance_encoder_(self) -> None:
        """Scale the encoder so that reconstructions start as long as their inputs.

        Many features fire on a residue at first, and their sum would overshoot by a factor of
        about d_sae / (2 d_in) (Gao et al. 2024, section A.1).
        """
        x = torch.randn(256, self.d_in)
        reconstruction = self.decode(self.encode(x))
        self.W_enc.mul_(x.norm() / reconstruction.norm().clamp_min(1e-12))

    @property
    def d_in(self) -> int:
        """Width of an activation."""
        return self.W_dec.shape[1]

    @property
    def d_sae(self) -> int:
        """Number of features."""
        return self.W_dec.shape[0]

    @abstractmethod
    def settings(self) -> dict[str, int | float | str | bool | None]:
        """The constructor's arguments, so that the class can be made again from a file."""

    @abstractmethod
    def activate(self, pre_activations: Tensor) -> Tensor:
        """From pre-activations to features, both [n_residues, d_sae]."""

    @abstractmethod
    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """The training loss, without side effects.

        Args:
            x: [n_residues, d_in], what `output` was computed from.
            output: of this SAE.
            sparsity_scale: 0..1, how far the sparsity warm-up has come.
            progress: 0..1, how much of the training is done.
        """

    def update_(self, output: SAEOutput) -> None:  # most have none
        """After a training step's forward pass: move running state such as thresholds."""

    def pre_activations(self, x: Tensor, columns: Columns = ALL) -> Tensor:
        """(t(x) - b_dec) W_enc + b_enc, [n_residues, n_columns].

        Only the columns asked for are computed, and gradients reach only their weights.
        """
        centred = self.input_transform(x) - self.b_dec
        return torch.addmm(self.b_enc[columns], centred, self.W_enc[:, columns])

    def encode(self, x: Tensor) -> Tensor:
        """Features of activations, [n_residues, d_in] to [n_residues, d_sae]."""
        return self.activate(self.pre_activations(x))

    def decode(self, features: Tensor) -> Tensor:
        """Activations of features, [n_residues, d_sae] to [n_residues, d_in], in PLM units."""
        return self.input_transform.inverse(torch.addmm(self.b_dec, features, self.W_dec))

    def forward(self, x: Tensor) -> SAEOutput:
        """Encode and decode."""
        pre_activations = self.pre_activations(x)
        features = self.activate(pre_activations)
        return SAEOutput(self.decode(features), features, pre_activations)

    def error(self, x: Tensor, output: SAEOutput) -> Tensor:
        """X - x̂ in the transformed space, where the loss is measured; [n_residues, d_in]."""
        return (x - output.reconstruction) / self.input_transform.scale

    def project_gradients_(self) -> None:
        """Before an optimiser step: drop what the decoder's constraint would undo."""
        if self.has_unit_decoder and self.W_dec.grad is not None:
            remove_parallel_gradient_(self.W_dec)

    @torch.no_grad()
    def constrain_(self) -> None:
        """After an optimiser step: put the weights back where they must lie."""
        if self.has_unit_decoder:
            normalize_decoder_(self.W_dec)

    @torch.no_grad()
    def fold_input_transform_(self) -> Self:
        """Move centring and scaling into the weights; features and reconstructions stay.

        With t(x) = (x - μ) / s:  W_enc ← W_enc / s,  W_dec ← s W_dec,  b_dec ← s b_dec + μ.
        """
        scale, mean = self.input_transform.scale.clone(), self.input_transform.mean.clone()
        self.W_enc.div_(scale)
        self.W_dec.mul_(scale)
        self.b_dec.mul_(scale).add_(mean)
        self.input_transform.reset_()
        return self

    def extra_repr(self) -> str:
        """Settings, for printing."""
        return ", ".join(f"{name}={value}" for name, value in self.settings().items())


def check_positive(**values: float) -> None:
    """Raise ValueError naming the first setting that is not a finite number above zero."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"sae.{name} must be a positive number, got {value}.")
