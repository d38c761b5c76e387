"""A weighted sample of rows that come in batches."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


class WeightedReservoir:
    """Rows drawn without replacement from a stream, with probability ∝ weight.

    A row's key is log w plus Gumbel noise; rows in the order of their keys are distributed as if
    drawn one after the other from those left (Efraimidis & Spirakis 2006, in logarithms). So it is
    enough to keep the rows with the largest keys.

    Attributes:
        rows: in the order drawn, [n, d]; None before the first.
        keys: of the rows, [n].
    """

    def __init__(self) -> None:
        self.rows: Tensor | None = None
        self.keys: Tensor | None = None

    def add_(self, rows: Tensor, keys: Tensor, *, capacity: int) -> None:
        """Take in rows [n, d] with their keys [n], and keep at most `capacity`."""
        if self.rows is not None and self.keys is not None:
            rows = torch.cat([self.rows.to(rows), rows])
            keys = torch.cat([self.keys.to(keys), keys])
        self.keys, kept = keys.topk(min(capacity, len(keys)))
        self.rows = rows[kept]


def sampling_keys(weights: Tensor, *, seed: Sequence[int]) -> Tensor:
    """Keys log w + Gumbel noise of weights [n], float64; everything follows from the seed."""
    noise = np.random.default_rng(seed).gumbel(size=len(weights))
    return weights.double().log() + torch.from_numpy(noise).to(weights.device)
