"""Features whose decoder directions point the same way."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplm.metrics.functional import nearest_rows

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
    block_rows = max(1, _MAX_PART // len(W_dec))
    cosine, other = nearest_rows(W_dec.float(), n_others=n_others, block_rows=block_rows)
    return Neighbours(other=other.cpu().numpy(), cosine=cosine.cpu().numpy())
