"""What an SAE is to be compared with, scored by the same code.

The SAE of an untrained or shuffled PLM needs nothing here: it is an ordinary SAE on that PLM's
activations.
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
_SAMPLE_BATCH = 1024


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


def random_sae(sae: SparseAutoencoder, sample: Tensor, *, seed: int) -> SparseAutoencoder:
    """The same architecture with fresh weights, as sparse as the trained SAE.

    Fresh weights of most architectures let half of the features fire on every residue, which would
    be compared with the few of the trained SAE: the threshold is raised until as many fire.

    Args:
        sae: whose architecture, settings and input transform are taken.
        sample: activations on which both are to be equally sparse, [n_residues, d_in].
        seed: of the weights; the global generator is left as it was.
    """
    architecture: Callable[..., SparseAutoencoder] = type(sae)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = architecture(**sae.settings())
    fresh.input_transform = copy.deepcopy(sae.input_transform)
    fresh = fresh.to(sae.W_dec).eval()
    with torch.inference_mode():
        n_fired = sum(int((sae.encode(x) > 0).sum()) for x in sample.split(_SAMPLE_BATCH))
        excess = _nth_largest_excess(fresh, sample, n_fired)
    return fresh.raise_threshold_(excess)


def _nth_largest_excess(sae: SparseAutoencoder, sample: Tensor, n: int) -> float:
    """By how much the n-th largest pre-activation is above what makes its feature fire."""
    largest = sample.new_zeros(0)
    for x in sample.split(_SAMPLE_BATCH):
        excess = (sae.pre_activations(x) - sae.firing_threshold()).flatten()
        kept = excess.topk(min(n, len(excess)), sorted=False).values
        largest = torch.cat([largest, kept])
        largest = largest.topk(min(n, len(largest)), sorted=False).values
    return float(largest.min()) if n else float("inf")


def activation_sample(store: ActivationStore, *, n_residues: int, seed: int) -> Tensor:
    """Residues of proteins drawn at random, float32 [at most n_residues, d_model]."""
    order = np.random.default_rng(seed).permutation(store.n_proteins)
    lengths = store.lengths()
    enough = int(np.searchsorted(np.cumsum(lengths[order]), n_residues)) + 1
    chosen = np.zeros(store.n_proteins, np.bool_)
    chosen[order[:enough]] = True
    counts = [len(shard.offsets) - 1 for shard in store.shards]
    numbers = [np.where(part, 0, -1) for part in np.split(chosen, np.cumsum(counts)[:-1])]
    blocks = activation_blocks(store.shards, numbers, max_residues=_BLOCK_RESIDUES)
    rows = np.concatenate([block.rows for block in blocks])
    # The last protein may bring more than was asked for.
    kept = np.random.default_rng(seed).permutation(len(rows))[:n_residues]
    return torch.from_numpy(rows[np.sort(kept)]).float()
