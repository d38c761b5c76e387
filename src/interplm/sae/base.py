"""What every sparse autoencoder is: two linear maps with a sparse code between them."""

import inspect
import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from interplm.sae.decoder_constraint import normalize_decoder_, remove_parallel_gradient_
from interplm.sae.input_transform import AffineTransform, InputTransform
from interplm.sae.output import SAELoss, SAEOutput

# What a yaml file may say of an SAE.
Setting = int | float | str | bool | None | list[float]
# Some features, by number, or a run of them.
Columns = Tensor | slice
ALL = slice(None)


class SparseAutoencoder(nn.Module, ABC):
    """features = activate((t(x) - b_dec) W_enc + b_enc);  x̂ = t⁻¹(features W_dec + b_dec).

    t is the input transform: centring and scaling, or one that treats each residue by itself; see
    `interplm.sae.input_transform`. `W_dec` [d_sae, d_in] starts
    with random unit rows and `W_enc` [d_in, d_sae] as its transpose, scaled by `balance_encoder_`;
    biases start at zero. A subclass gives the activation function and the loss, keeps every
    argument of its constructor as an attribute of the same name, and ends the constructor with
    `balance_encoder_`.

    Attributes:
        architecture: name of the module that defines the class, `interplm.sae.<architecture>`.
        has_unit_decoder: whether decoder rows are kept at unit norm.
        features_compete: whether a feature's value depends on the other features, as in TopK.
    """

    architecture: ClassVar[str]
    has_unit_decoder: bool
    features_compete: bool = False
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
        self.input_transform: InputTransform = AffineTransform(d_in)
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

    def settings(self) -> dict[str, Setting]:
        """The constructor's arguments, so that the class can be made again from a file."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    @abstractmethod
    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        """From pre-activations to features, both [n_residues, n_columns].

        Args:
            pre_activations: of the features `columns`.
            columns: which features these are; where features compete, all of them.
        """

    @abstractmethod
    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """The training loss, without side effects. Dead features are no concern of it.

        Args:
            x: [n_residues, d_in], what `output` was computed from.
            output: of this SAE.
            sparsity_scale: 0..1, how far the sparsity warm-up has come.
            progress: 0..1, the share of the training steps that are done.
        """

    def update_(self, output: SAEOutput) -> None:
        """Change running state after a training batch; evaluation never calls this.

        Args:
            output: of this SAE in training mode.
        """

    def pre_activations(self, x: Tensor, columns: Columns = ALL) -> Tensor:
        """(t(x) - b_dec) W_enc + b_enc, [n_residues, n_columns].

        Only the columns asked for are computed, and gradients reach only their weights.
        """
        W_enc = self.W_enc[:, columns]
        centred = self.input_transform(x) - self.b_dec.detach()
        # Zero, with the gradient of b_dec: that of all residues is summed before the product with
        # W_enc, a vector's work in place of a matrix's (a sixth of a dense training step).
        zero = (self.b_dec.detach() - self.b_dec) @ W_enc.detach()
        return torch.addmm(self.b_enc[columns] + zero, centred, W_enc)

    def firing_threshold(self, columns: Columns = ALL) -> Tensor:
        """What a pre-activation has to exceed for its feature to fire: [n_columns] or a scalar."""
        return self.b_enc.new_zeros(())

    def encode(self, x: Tensor) -> Tensor:
        """Features of activations, [n_residues, d_in] to [n_residues, d_sae]."""
        return self.activate(self.pre_activations(x))

    def encode_features(self, x: Tensor, indices: Tensor) -> Tensor:
        """Some columns of `encode`, [n_residues, n_indices], up to the rounding of the product.

        Only these columns are computed, but where features compete: there all of them are, and
        the rest is dropped.

        Args:
            x: [n_residues, d_in].
            indices: int64 [n_indices], numbers of features.
        """
        if self.features_compete:
            return self.encode(x)[:, indices]
        return self.activate(self.pre_activations(x, indices), indices)

    def decode(self, features: Tensor, x: Tensor | None = None) -> Tensor:
        """Activations of features, [n_residues, d_sae] to [n_residues, d_in], in PLM units.

        Args:
            features: of this SAE.
            x: the activations they come from, which a transform that scales each residue by
                itself needs for the way back (`input_transform.needs_input`).

        Raises:
            ValueError: if x is needed and not given.
        """
        return self.input_transform.inverse(torch.addmm(self.b_dec, features, self.W_dec), x)

    def forward(self, x: Tensor) -> SAEOutput:
        """Encode and decode."""
        pre_activations = self.pre_activations(x)
        features = self.activate(pre_activations)
        return SAEOutput(self.decode(features, x), features, pre_activations)

    def target(self, x: Tensor) -> Tensor:
        """What the decoder is to give, where the loss is measured; [n_residues, d_in].

        t(x), but for transforms that are not undone on decoding: see `InputTransform.target`.
        """
        return self.input_transform.target(x)

    def error(self, x: Tensor, output: SAEOutput) -> Tensor:
        """`target(x)` less what the decoder gave, [n_residues, d_in]."""
        return self.input_transform.error(x, output.reconstruction)

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
    def raise_threshold_(self, by: float) -> Self:
        """Let a feature fire only where its pre-activation is larger by so much than before.

        Where the number of features that fire is given, as in TopK, nothing changes.
        """
        if not self.features_compete:
            self.b_enc.sub_(by)
        return self

    @torch.no_grad()
    def fold_input_transform_(self) -> Self:
        """Move centring and scaling into the weights; features and reconstructions stay.

        With t(x) = (x - μ) / s:  W_enc ← W_enc / s,  W_dec ← s W_dec,  b_dec ← s b_dec + μ.

        Raises:
            ValueError: if the transform treats each residue by itself, which no weights can.
        """
        transform = self.input_transform
        if not isinstance(transform, AffineTransform):
            raise ValueError(
                f"The {transform.kind.replace('_', ' ')} of this SAE cannot be folded into its "
                "weights, being another for every residue: keep it as its input transform."
            )
        scale, mean = transform.scale.clone(), transform.mean.clone()
        self.W_enc.div_(scale)
        self.W_dec.mul_(scale)
        self.b_dec.mul_(scale).add_(mean)
        transform.reset_()
        return self

    @torch.no_grad()
    def fold_scale_(self, scale: Tensor) -> Self:
        """Divide every feature by its scale in the weights; reconstructions stay.

        W_enc ← W_enc / scale,  b_enc ← b_enc / scale,  W_dec ← scale W_dec. Decoder rows are no
        longer of unit norm, so this is for trained SAEs.

        Args:
            scale: [d_sae], above zero; for example each feature's maximum.

        Raises:
            ValueError: if a scale is not positive, or if features compete, so that other ones
                would win after rescaling.
        """
        if self.features_compete:
            raise ValueError(
                f"A {self.architecture} SAE would select other features once they are rescaled: "
                "keep the scale outside, as interplm.sae.normalized.NormalizedSAE does."
            )
        if not bool((scale > 0).all()):
            raise ValueError("Every feature's scale must be above zero; give 1 to dead features.")
        self.W_enc.div_(scale)
        self.b_enc.div_(scale)
        self.W_dec.mul_(scale.unsqueeze(1))
        return self

    def extra_repr(self) -> str:
        """Settings, for printing."""
        return ", ".join(f"{name}={value}" for name, value in self.settings().items())


def check_positive(**values: float) -> None:
    """Raise ValueError naming the first setting that is not a finite number above zero."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"sae.{name} must be a positive number, got {value}.")
