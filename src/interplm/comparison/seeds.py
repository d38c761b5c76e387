"""How much of what an SAE found another one finds that differs in the seed only."""

import json
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from interplm.comparison.rows import Row

# Entries of a part of the matrix of cosines, which is never whole in memory.
_MAX_PART = 8 * 2**20


def differ_in_seed_only(rows: Sequence[Row]) -> list[list[int]]:
    """Groups of two runs and more that are equal but for their seeds, as numbers of rows."""
    groups: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        key = json.dumps(_without_seeds(dict(row.settings)), sort_keys=True, default=str)
        groups.setdefault(key, []).append(number)
    return [group for group in groups.values() if len(group) > 1]


@torch.no_grad()
def seed_stability(decoders: Sequence[Tensor]) -> list[float]:
    """For each SAE the mean cosine of a decoder row and the nearest one of each other SAE.

    Args:
        decoders: [d_sae, d_in] each, two at least.
    """
    units = [normalize(rows.float(), dim=1) for rows in decoders]
    return [
        sum(_mean_nearest(ours, theirs) for k, theirs in enumerate(units) if k != number)
        / (len(units) - 1)
        for number, ours in enumerate(units)
    ]


def _mean_nearest(ours: Tensor, theirs: Tensor) -> float:
    total = 0.0
    for part in ours.split(max(1, _MAX_PART // len(theirs))):
        total += float((part @ theirs.T).amax(dim=1).double().sum())
    return total / len(ours)


def _without_seeds(value: Any) -> Any:
    """Nested plain settings (hence Any) with every `seed` left out; the split's seed stays."""
    if not isinstance(value, dict):
        return value
    return {name: _without_seeds(inner) for name, inner in value.items() if name != "seed"}
