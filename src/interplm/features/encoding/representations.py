"""What gives non-negative features of activations: an SAE, or a baseline to compare it with."""

from typing import Protocol

import torch
from torch import Tensor, nn

from interplm.sae.normalized import check_scale


class Representation(Protocol):
    """Anything that can be scored; every SAE is one."""

    @property
    def d_sae(self) -> int:
        """Number of features."""

    def encode(self, x: Tensor) -> Tensor:
        """Activations [n_residues, d_in] to non-negative features [n_residues, d_sae]."""


class NormalizedRepresentation(nn.Module):
    """features = encode(x) / scale, each a fraction of its maximum.

    Args:
        representation: kept as it is.
        scale: [d_sae], see `interplm.sae.normalized.scale_of_maxima`.
    """

    scale: Tensor

    def __init__(self, representation: Representation, scale: Tensor) -> None:
        super().__init__()
        check_scale(scale, representation.d_sae)
        self.representation = representation
        self.register_buffer("scale", scale.detach().clone())

    @property
    def d_sae(self) -> int:
        """Number of features."""
        return self.representation.d_sae

    def encode(self, x: Tensor) -> Tensor:
        """Activations [n_residues, d_in] to fractions of the maxima [n_residues, d_sae]."""
        return self.representation.encode(x) / self.scale


class WithMaxima:
    """A representation that remembers the largest value of each feature.

    Args:
        representation: on `device`.
        device: of the maxima.

    Attributes:
        maxima: of all that was encoded, [d_sae], 0 where a feature never fired.
    """

    def __init__(self, representation: Representation, device: torch.device | str) -> None:
        self._representation = representation
        self.d_sae = representation.d_sae
        self.maxima = torch.zeros(self.d_sae, device=device)

    def encode(self, x: Tensor) -> Tensor:
        """Activations [n_residues, d_in] to features [n_residues, d_sae]."""
        features = self._representation.encode(x)
        if len(features):
            torch.maximum(self.maxima, features.amax(dim=0), out=self.maxima)
        return features
