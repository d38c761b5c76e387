"""Whether a feature is found again by an SAE that was trained with another seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from interplm.features.encoding.representations import Representation
from interplm.sae import SparseAutoencoder

# Entries of a part of the matrix of cosines, which is never whole in memory.
_MAX_PART = 8 * 2**20
# A match must be closer than all but this share of matches of permuted features.
_CHANCE = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stability:
    """Of each feature over all sister runs.

    Attributes:
        n_sisters: runs that it was looked for in.
        n_reappears: runs in which it was found, int64 [d_sae].
        cosine: of its decoder row and the nearest one of each run, mean; NaN without a run,
            float64 [d_sae].
        correlation: of its activations with those of that feature, mean; NaN likewise.
        limits: cosine and correlation that a match has to exceed, of each run.
    """

    n_sisters: int
    n_reappears: NDArray[np.int64]
    cosine: NDArray[np.float64]
    correlation: NDArray[np.float64]
    limits: tuple[tuple[float, float], ...]


def stability(
    sae: SparseAutoencoder,
    sisters: Sequence[SparseAutoencoder],
    activations: Sequence[Tensor],
    *,
    seed: int,
) -> Stability:
    """Match each feature with the nearest decoder row of each sister, and compare what they do.

    A feature is found again if both the cosine and the correlation of their activations are above
    what permutation gives in all but one of a thousand cases: the nearest row to one whose entries
    are permuted, and the activations of another feature's match.

    Args:
        sae: whose features they are.
        sisters: trained on the same activations with other seeds, on the same device.
        activations: of a sample of residues, [n_residues, d_in] each, on that device.
        seed: of the permutations.
    """
    generator = torch.Generator().manual_seed(seed)
    found = [_compared(sae, sister, activations, generator) for sister in sisters]
    if not found:
        nothing = np.full(sae.d_sae, np.nan)
        none = np.zeros(sae.d_sae, np.int64)
        return Stability(
            n_sisters=0, n_reappears=none, cosine=nothing, correlation=nothing, limits=()
        )
    cosines, correlations = (np.stack([match[i] for match in found]) for i in range(2))
    limits = np.array([match[2] for match in found])
    again = (cosines > limits[:, :1]) & (correlations > limits[:, 1:])
    return Stability(
        n_sisters=len(sisters),
        n_reappears=again.sum(axis=0),
        cosine=cosines.mean(axis=0),
        correlation=correlations.mean(axis=0),
        limits=tuple((float(a), float(b)) for a, b in limits),
    )


@torch.inference_mode()
def _compared(
    sae: SparseAutoencoder,
    sister: SparseAutoencoder,
    activations: Sequence[Tensor],
    generator: torch.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[float, float]]:
    """Cosine and correlation of each match, and what both are by chance."""
    cosine, match = _nearest(sae.W_dec, sister.W_dec)
    by_chance, _ = _nearest(_shuffled_rows(sae.W_dec, generator), sister.W_dec)
    correlation, of_others = _correlations(sae, sister, match, activations, generator)
    limits = [float(np.quantile(null, 1 - _CHANCE)) for null in (by_chance, of_others)]
    return cosine, correlation, (limits[0], limits[1])


def _nearest(W_dec: Tensor, others: Tensor) -> tuple[NDArray[np.float64], Tensor]:
    """Largest cosine of each row with the rows of another decoder, and which one it is."""
    rows, columns = normalize(W_dec.float(), dim=1), normalize(others.float(), dim=1)
    step = max(1, _MAX_PART // len(columns))
    best = [(rows[i : i + step] @ columns.T).max(dim=1) for i in range(0, len(rows), step)]
    cosine = torch.cat([found.values for found in best]).double().cpu().numpy()
    return cosine, torch.cat([found.indices for found in best])


def _shuffled_rows(W_dec: Tensor, generator: torch.Generator) -> Tensor:
    order = torch.rand(W_dec.shape, generator=generator).argsort(dim=1)
    return W_dec.gather(1, order.to(W_dec.device))


def _correlations(
    sae: Representation,
    sister: Representation,
    match: Tensor,
    activations: Sequence[Tensor],
    generator: torch.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pearson's correlation of each feature with its match, and with that of another feature."""
    sums = torch.zeros(2, 5, sae.d_sae, dtype=torch.float64)
    n, order = 0, torch.randperm(sae.d_sae, generator=generator).to(match.device)
    for x, y in _activity(sae, sister, match, activations):
        for total, other in zip(sums, (y, y[:, order]), strict=True):
            parts = (x, other, x * x, other * other, x * other)
            total += torch.stack([part.sum(dim=0, dtype=torch.float64) for part in parts]).cpu()
        n += len(x)
    found = [_pearson(*(total / max(1, n)).numpy()) for total in sums]
    return found[0], found[1]


def _activity(
    sae: Representation, sister: Representation, match: Tensor, activations: Sequence[Tensor]
) -> Iterator[tuple[Tensor, Tensor]]:
    for batch in activations:
        yield sae.encode(batch), sister.encode(batch)[:, match]


def _pearson(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    xx: NDArray[np.float64],
    yy: NDArray[np.float64],
    xy: NDArray[np.float64],
) -> NDArray[np.float64]:
    """From means; 0 where one of the two is constant."""
    spread = np.sqrt(np.maximum(xx - x * x, 0) * np.maximum(yy - y * y, 0))
    return np.divide(xy - x * y, spread, out=np.zeros_like(xy), where=spread > 0)
