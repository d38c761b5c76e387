"""How well an SAE explains activations, as they are and treated as other toolkits treat them."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from interplm.metrics.functional import fraction_variance_unexplained
from interplm.sae import (
    AffineTransform,
    InputTransform,
    ResidueNormalisation,
    ResidueStandardisation,
    SparseAutoencoder,
)

Kind = Literal["as it is", "scale", "treatment"]
# Powers of four by which activations are divided in search of a scale; then finer steps about the
# best, down to a few per cent.
_SCALES = [4.0**power for power in range(-4, 6)]
_FINER = (2, 2**0.5, 2**0.25, 2**0.125, 2**0.0625)
# Features of a ReLU SAE are too small, as L1 makes them, so that a somewhat larger input suits it.
_NO_SCALE = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well an SAE explains the states of one layer.

    Attributes:
        layer: of the states.
        kind: of what is done to them first beside what the SAE does, or in place of that.
        treatment: the same in words; empty for nothing.
        unexplained: fraction of the variance of what the decoder is to give.
        l0: features that fire on a residue, mean.
        scale: what states are divided by first.
        transform: in place of the SAE's own, or None for that.
    """

    layer: int
    kind: Kind = "as it is"
    treatment: str = ""
    unexplained: float
    l0: float
    scale: float = 1.0
    transform: InputTransform | None = None

    @property
    def explained_variance(self) -> float:
        """1 for a perfect reconstruction; below 0 for one that is worse than the mean."""
        return 1 - self.unexplained

    def of(self, sae: SparseAutoencoder, x: Tensor) -> "Fit":
        """The same treatment of other states."""
        return measured(
            sae, x, layer=self.layer, kind=self.kind, treatment=self.treatment, scale=self.scale,
            transform=self.transform,
        )  # fmt: skip


@torch.no_grad()
def measured(
    sae: SparseAutoencoder,
    x: Tensor,
    *,
    layer: int,
    kind: Kind = "as it is",
    treatment: str = "",
    scale: float = 1.0,
    transform: InputTransform | None = None,
) -> Fit:
    """How well an SAE in evaluation mode explains states x, [n_residues, d_in].

    Variance is that of what the decoder is to give, so that a transform which hands a residue's own
    length back gets no credit for it.
    """
    read = sae if transform is None else _behind(sae, transform)
    x = (x / scale).to(sae.W_dec)
    output = read(x)
    target = read.target(x)
    unexplained = fraction_variance_unexplained(target, target - read.error(x, output))
    return Fit(
        layer=layer, kind=kind, treatment=treatment, unexplained=float(unexplained),
        l0=float(output.firing_counts().sum()) / len(x), scale=scale, transform=transform,
    )  # fmt: skip


def treated(sae: SparseAutoencoder, x: Tensor, *, layer: int) -> Iterator[Fit]:
    """Fits of states that are treated otherwise than the SAE treats them."""
    for treatment, transform in _transforms(sae, x):
        yield measured(
            sae, x, layer=layer, kind="treatment", treatment=treatment, transform=transform
        )
    if isinstance(sae.input_transform, AffineTransform):  # others take every scale alike
        found = _best_scale(sae, x, layer=layer)
        if not 1 / _NO_SCALE < found.scale < _NO_SCALE:
            yield found


def shuffled_dimensions(x: Tensor) -> Tensor:
    """States about the same mean whose dimensions are exchanged: what no SAE was trained on.

    What an SAE explains of them it explains by its number of features alone.
    """
    order = torch.randperm(x.shape[1], generator=torch.Generator().manual_seed(0))
    mean = x.mean(dim=0)
    return mean + (x - mean)[:, order]


def _transforms(sae: SparseAutoencoder, x: Tensor) -> Iterator[tuple[str, InputTransform]]:
    d_in, own = sae.d_in, sae.input_transform
    options: list[tuple[str, InputTransform]] = [
        (
            "each residue standardised over its own entries",
            ResidueStandardisation(d_in, eps=1e-5, correction=1, undone=True),
        ),
        (
            "each residue brought to the norm √d",
            ResidueNormalisation(d_in, norm=math.sqrt(d_in), undone=True),
        ),
        ("each residue brought to the norm 1", ResidueNormalisation(d_in, norm=1, undone=True)),
    ]
    centred, both = AffineTransform(d_in), AffineTransform(d_in)
    mean, variance = x.mean(dim=0).cpu(), x.var(dim=0).cpu()
    centred.fit_(mean, variance, centre=True, scaling="none")
    both.fit_(mean, variance, centre=True, scaling="rms")
    options += [
        ("the mean activation subtracted", centred),
        ("the mean activation subtracted, and what is left scaled to a mean square of 1", both),
        ("activations as they are, not what this SAE makes of them", AffineTransform(d_in)),
    ]
    for treatment, transform in options:
        if not _is_own(transform, own):
            yield treatment, transform.to(sae.W_dec)


def _is_own(transform: InputTransform, own: InputTransform) -> bool:
    if isinstance(transform, AffineTransform) and isinstance(own, AffineTransform):
        # The mean and scale of these few residues are close to what training took.
        return _is_identity(transform) == _is_identity(own)
    return type(transform) is type(own) and transform.settings() == own.settings()


def _is_identity(transform: AffineTransform) -> bool:
    return not bool(transform.mean.any()) and float(transform.scale) == 1


def _best_scale(sae: SparseAutoencoder, x: Tensor, *, layer: int) -> Fit:
    """The number by which states are best divided before the SAE does what it does."""

    def at(scale: float) -> Fit:
        return measured(
            sae, x, layer=layer, kind="scale", scale=scale,
            treatment=f"activations divided by {scale:.3g}{_named(scale, x)}",
        )  # fmt: skip

    best = min(map(at, _SCALES), key=lambda fit: fit.unexplained)
    for factor in _FINER:
        nearby = [at(best.scale * factor), at(best.scale / factor), best]
        best = min(nearby, key=lambda fit: fit.unexplained)
    return best


def _named(scale: float, x: Tensor) -> str:
    """What the number is likely to be."""
    norms = x.norm(dim=1)
    names = {
        "the root of their mean squared norm": float(norms.square().mean().sqrt()),
        "their mean norm over √d": float(norms.mean()) / math.sqrt(x.shape[1]),
    }
    close = [name for name, value in names.items() if abs(math.log(scale / value)) < 0.1]
    return f", about {close[0]}" if close else ""


def _behind(sae: SparseAutoencoder, transform: InputTransform) -> SparseAutoencoder:
    """The same weights behind another input transform; nothing is copied or changed."""
    other = copy.copy(sae)
    other._modules = dict(sae._modules)
    other.input_transform = transform
    return other
