"""Histograms as wandb shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

if TYPE_CHECKING:
    from wandb import Histogram


def histogram(counts: Tensor, edges: Tensor) -> Histogram:
    """Of counts [n_bins] between ascending edges [n_bins + 1]."""
    import wandb

    return wandb.Histogram(np_histogram=(counts.numpy(), np.asarray(edges)))
