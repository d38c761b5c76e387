"""What an SAE does to an activation before it reads it.

Each kind is a type of its own, and an export says which it is: features of standardised residues
and of raw ones have the same shape and nothing else in common.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

Scaling = Literal["none", "rms"]
TransformSetting = int | float | bool


class InputTransform(nn.Module, ABC):
    """t(x), and the way back.

    Attributes:
        kind: name in an export.
        needs_input: whether the way back asks for the activations, since each residue was scaled
            by numbers of its own.
    """

    kind: ClassVar[str]
    needs_input: bool = False
    _kinds: ClassVar[dict[str, type["InputTransform"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:  # Any: passed on as they came
        super().__init_subclass__(**kwargs)
        InputTransform._kinds[cls.kind] = cls

    @classmethod
    def of_kind(
        cls, kind: str, d_in: int, settings: Mapping[str, TransformSetting]
    ) -> "InputTransform":
        """A transform whose tensors are still to be loaded.

        Raises:
            KeyError: if there is no such kind.
            TypeError: if it has no such settings.
        """
        made: InputTransform = cls._kinds[kind](d_in, **settings)
        return made

    def settings(self) -> dict[str, TransformSetting]:
        """The constructor's arguments but d_in."""
        return {}

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """From the PLM's units; [n_residues, d_in]."""

    @abstractmethod
    def inverse(self, y: Tensor, x: Tensor | None = None) -> Tensor:
        """Back to the PLM's units; [n_residues, d_in].

        Args:
            y: what the decoder gave.
            x: the activations that were encoded; see `needs_input`.

        Raises:
            ValueError: if x is needed and not given.
        """

    def target(self, x: Tensor) -> Tensor:
        """What the decoder is to give for activations x, [n_residues, d_in]: t(x) as a rule."""
        transformed: Tensor = self(x)
        return transformed

    @abstractmethod
    def error(self, x: Tensor, reconstruction: Tensor) -> Tensor:
        """`target(x)` less what the decoder gave, from the reconstruction in the PLM's units."""


class AffineTransform(InputTransform):
    """t(x) = (x - mean) / scale, the same for every residue; the identity until fitted.

    Attributes:
        mean: [d_in].
        scale: scalar above zero.
    """

    kind = "affine"
    mean: Tensor
    scale: Tensor

    def __init__(self, d_in: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(d_in))
        self.register_buffer("scale", torch.ones(()))

    def fit_(self, mean: Tensor, variance: Tensor, *, centre: bool, scaling: Scaling) -> None:
        """Set from the moments of the training activations.

        Args:
            mean: [d_in].
            variance: [d_in].
            centre: subtract the mean. Off-centre activations kill features from the start
                (arXiv:2605.31518).
            scaling: "rms" divides by the root of the mean squared entry of what is left, so that
                t(x) has mean squared norm d_in and one learning rate suits every layer and PLM;
                "none" keeps the PLM's units.
        """
        if scaling not in ("none", "rms"):
            raise ValueError(f"input scaling must be none or rms, got {scaling!r}.")
        second_moment = variance if centre else variance + mean**2
        self.mean.copy_(mean if centre else torch.zeros_like(mean))
        rms = second_moment.mean().sqrt()
        self.scale.copy_(rms if scaling == "rms" and rms > 0 else torch.ones(()))

    def reset_(self) -> None:
        """Back to the identity."""
        self.mean.zero_()
        self.scale.fill_(1.0)

    def forward(self, x: Tensor) -> Tensor:
        """See the base class."""
        return (x - self.mean) / self.scale

    def inverse(self, y: Tensor, x: Tensor | None = None) -> Tensor:
        """See the base class; x is not looked at."""
        return y * self.scale + self.mean

    def error(self, x: Tensor, reconstruction: Tensor) -> Tensor:
        """See the base class."""
        return (x - reconstruction) / self.scale


class ResidueStandardisation(InputTransform):
    """t(x) = (x - mean_d(x)) / (std_d(x) + eps), over the entries of each residue.

    Undone, a reconstruction y becomes y · std_d(x) + mean_d(x): without eps, as in InterProt and
    SAELens.

    Args:
        d_in: width; nothing depends on it.
        eps: added to the deviation.
        correction: the deviation's denominator is d_in - correction.
        undone: whether reconstructions go back to the PLM's units. Where they do not, the decoder
            itself was trained to give these units.
    """

    kind = "residue_standardisation"

    def __init__(self, d_in: int, *, eps: float, correction: int, undone: bool) -> None:
        super().__init__()
        if eps < 0 or correction not in (0, 1):
            raise ValueError(
                "A standardisation needs eps of at least 0 and a correction of 0 or 1, got "
                f"{eps} and {correction}."
            )
        self.eps = float(eps)
        self.correction = correction
        self.undone = undone
        self.needs_input = undone

    def settings(self) -> dict[str, TransformSetting]:
        """See the base class."""
        return {"eps": self.eps, "correction": self.correction, "undone": self.undone}

    def forward(self, x: Tensor) -> Tensor:
        """See the base class."""
        mean, deviation = self._moments(x)
        return (x - mean) / (deviation + self.eps)

    def inverse(self, y: Tensor, x: Tensor | None = None) -> Tensor:
        """See the base class."""
        if not self.undone:
            return y
        mean, deviation = self._moments(_needed(x))
        return y * deviation + mean

    def target(self, x: Tensor) -> Tensor:
        """See the base class; x itself where nothing is undone."""
        return super().target(x) if self.undone else x

    def error(self, x: Tensor, reconstruction: Tensor) -> Tensor:
        """See the base class."""
        if not self.undone:
            return x - reconstruction
        mean, deviation = self._moments(x)
        # A residue whose entries are all alike is its mean, and t(x) is 0.
        tiny = torch.finfo(deviation.dtype).tiny
        return self(x) - (reconstruction - mean) / deviation.clamp_min(tiny)

    def _moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation over the entries of each residue, both [n_residues, 1]."""
        deviation, mean = torch.std_mean(x, dim=-1, correction=self.correction, keepdim=True)
        return mean, deviation


class ResidueNormalisation(InputTransform):
    """t(x) = norm · (x - centre) / ‖x - centre‖, so that every residue has one length.

    Args:
        d_in: width.
        norm: that length.
        undone: whether reconstructions get each residue's own length back. Where they do not, the
            decoder itself was trained to give it; the centre is added in any case.

    Attributes:
        centre: [d_in], the same for every residue.
    """

    kind = "residue_normalisation"
    centre: Tensor

    def __init__(self, d_in: int, *, norm: float, undone: bool) -> None:
        super().__init__()
        if norm <= 0:
            raise ValueError(f"A residue's norm must be above 0, got {norm}.")
        self.register_buffer("centre", torch.zeros(d_in))
        self.norm = float(norm)
        self.undone = undone
        self.needs_input = undone

    def settings(self) -> dict[str, TransformSetting]:
        """See the base class."""
        return {"norm": self.norm, "undone": self.undone}

    def forward(self, x: Tensor) -> Tensor:
        """See the base class."""
        return (x - self.centre) / self._scale(x)

    def inverse(self, y: Tensor, x: Tensor | None = None) -> Tensor:
        """See the base class."""
        return (y * self._scale(_needed(x)) if self.undone else y) + self.centre

    def target(self, x: Tensor) -> Tensor:
        """See the base class; of the residue's own length where nothing is undone."""
        return super().target(x) if self.undone else x - self.centre

    def error(self, x: Tensor, reconstruction: Tensor) -> Tensor:
        """See the base class."""
        error = x - reconstruction
        return error / self._scale(x) if self.undone else error

    def _scale(self, x: Tensor) -> Tensor:
        """What each residue is divided by, [n_residues, 1]."""
        length = (x - self.centre).norm(dim=-1, keepdim=True)
        return length.clamp_min(1e-12) / self.norm


def _needed(x: Tensor | None) -> Tensor:
    if x is None:
        raise ValueError(
            "This SAE scales every residue by itself, so its reconstructions need the activations "
            "that were encoded: call decode(features, x), or the SAE itself."
        )
    return x
