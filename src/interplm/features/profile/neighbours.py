"""Features whose decoder directions point the same way."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

# Entries of a part of the matrix of cosines, which is never whole in memory.
_MAX_PART = 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbours:
    """For each feature its nearest others, the nearest first.

    Attributes:
        other: int64 [d_sae, n_others].
        cosine: of the decoder rows, float32 [d_sae, n_others].
    """

    other: NDArray[np.int64]
    cosine: NDArray[np.float32]


@torch.no_grad()
def decoder_neighbours(W_dec: Tensor, *, n_others: int) -> Neighbours:
    """The nearest features by cosine of decoder rows.

    Args:
        W_dec: [d_sae, d_in].
        n_others: for each feature; fewer where there are no more others.
    """
    directions = nn.functional.normalize(W_dec.float(), dim=1)
    d_sae = len(directions)
    n_others = min(n_others, d_sae - 1)
    step = max(1, _MAX_PART // d_sae)
    others, cosines = [], []
    for first in range(0, d_sae, step):
        cosine = directions[first : first + step] @ directions.T
        rows = torch.arange(len(cosine), device=cosine.device)
        cosine[rows, rows + first] = -torch.inf
        nearest = cosine.topk(n_others, dim=1)
        others.append(nearest.indices.cpu().numpy())
        cosines.append(nearest.values.cpu().numpy())
    return Neighbours(other=np.concatenate(others), cosine=np.concatenate(cosines))
