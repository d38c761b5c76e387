"""What gives non-negative features of activations: an SAE, or a baseline to compare it with."""

from typing import Protocol

import torch
from torch import Tensor, nn

from interplm.sae import SparseAutoencoder
from interplm.sae.normalized import check_scale


class Dictionary(Protocol):
    """Anything that can be scored; every SAE is one."""

    @property
    def d_sae(self) -> int:
        """Number of features."""

    def encode(self, x: Tensor) -> Tensor:
        """Activations [n_residues, d_in] to non-negative features [n_residues, d_sae]."""


class NormalizedDictionary(nn.Module):
    """features = encode(x) / scale, each a fraction of its maximum.

    Args:
        dictionary: kept as it is.
        scale: [d_sae], see `interplm.sae.normalized.scale_of_maxima`.
    """

    scale: Tensor

    def __init__(self, dictionary: Dictionary, scale: Tensor) -> None:
        super().__init__()
        check_scale(scale, dictionary.d_sae)
        self.dictionary = dictionary
        self.register_buffer("scale", scale.detach().clone())

    @property
    def d_sae(self) -> int:
        """Number of features."""
        return self.dictionary.d_sae

    def encode(self, x: Tensor) -> Tensor:
        """Activations [n_residues, d_in] to fractions of the maxima [n_residues, d_sae]."""
        return self.dictionary.encode(x) / self.scale


class Neurons(nn.Module):
    """features = [max(x, 0), max(-x, 0)]: each neuron twice, since either sign may mean something.

    Args:
        d_in: number of neurons.
    """

    def __init__(self, *, d_in: int) -> None:
        super().__init__()
        self.d_sae = 2 * d_in

    def encode(self, x: Tensor) -> Tensor:
        """Activations [n_residues, d_in] to their two signs [n_residues, 2 d_in]."""
        return both_signs(x)


class PrincipalComponents(nn.Module):
    """features = both signs of (x - mean) components.

    Args:
        mean: [d_in].
        components: [d_in, n_components], orthonormal columns, the largest variance first.
    """

    mean: Tensor
    components: Tensor

    def __init__(self, *, mean: Tensor, components: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("components", components)
        self.d_sae = 2 * components.shape[1]

    def encode(self, x: Tensor) -> Tensor:
        """Activations [n_residues, d_in] to [n_residues, 2 n_components]."""
        return both_signs((x - self.mean) @ self.components)

    @classmethod
    def from_moments(cls, *, mean: Tensor, covariance: Tensor) -> "PrincipalComponents":
        """All components of a covariance [d_in, d_in], by its eigenvectors in float64."""
        _, vectors = torch.linalg.eigh(covariance.double())
        return cls(mean=mean.float(), components=vectors.flip(1).float().contiguous())


def both_signs(x: Tensor) -> Tensor:
    """[max(x, 0), max(-x, 0)], [n, d] to [n, 2 d]."""
    return torch.cat([x.relu(), (-x).relu()], dim=1)


def random_sae(sae: SparseAutoencoder, *, seed: int) -> SparseAutoencoder:
    """The same architecture with fresh weights, reading through the same input transform.

    Args:
        sae: whose architecture, settings and input transform are taken.
        seed: of the weights; the global generator is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = type(sae)(**sae.settings())
    fresh.input_transform.load_state_dict(sae.input_transform.state_dict())
    return fresh.to(sae.W_dec).eval()
