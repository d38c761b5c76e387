"""Centring and scaling of what an SAE reads."""

from typing import Literal

import torch
from torch import Tensor, nn

Scaling = Literal["none", "rms"]


class InputTransform(nn.Module):
    """t(x) = (x - mean) / scale; the identity until fitted.

    Attributes:
        mean: [d_in].
        scale: scalar above zero.
    """

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
        """From the PLM's units; [..., d_in]."""
        return (x - self.mean) / self.scale

    def inverse(self, y: Tensor) -> Tensor:
        """Back to the PLM's units; [..., d_in]."""
        return y * self.scale + self.mean
