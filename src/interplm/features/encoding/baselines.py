"""What an SAE is to be compared with, scored by the same code.

The SAE of an untrained PLM needs nothing here: it is an ordinary SAE on that PLM's activations.
"""

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from interplm.activations.store import ActivationStore
from interplm.features.encoding.blocks import activation_blocks
from interplm.sae import SparseAutoencoder

_BLOCK_RESIDUES = 32_768


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


def fit_principal_components(store: ActivationStore) -> PrincipalComponents:
    """All components of a store's activations, from one pass over it, with a bar in residues.

    The covariance is summed in float64 about the mean, so that a large mean cannot cancel it.
    """
    mean = store.statistics.mean
    covariance = np.zeros((len(mean), len(mean)))
    every = [np.arange(len(shard.offsets) - 1) for shard in store.shards]
    with tqdm(total=store.n_residues, unit="residue", unit_scale=True, desc="PCA") as bar:
        for block in activation_blocks(store.shards, every, max_residues=_BLOCK_RESIDUES):
            centred = block.rows - mean
            covariance += centred.T @ centred
            bar.update(len(centred))
    _, vectors = np.linalg.eigh(covariance)
    return PrincipalComponents(
        mean=torch.from_numpy(mean).float(),
        components=torch.from_numpy(vectors[:, ::-1].copy()).float(),
    )


def both_signs(x: Tensor) -> Tensor:
    """[max(x, 0), max(-x, 0)], [n, d] to [n, 2 d]."""
    return torch.cat([x.relu(), (-x).relu()], dim=1)


def random_sae(sae: SparseAutoencoder, *, seed: int) -> SparseAutoencoder:
    """The same architecture with fresh weights, reading through the same input transform.

    Args:
        sae: whose architecture, settings and input transform are taken.
        seed: of the weights; the global generator is left as it was.
    """
    architecture: Callable[..., SparseAutoencoder] = type(sae)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = architecture(**sae.settings())
    fresh.input_transform = copy.deepcopy(sae.input_transform)
    return fresh.to(sae.W_dec).eval()
