"""Metrics as pure functions; those that add over batches come as `_update` and `_compute`."""

from interplm.metrics.functional.explained_variance import explained_variance
from interplm.metrics.functional.feature_density import (
    dead_fraction,
    dense_fraction,
    feature_density,
    firing_counts,
    l0,
)

__all__ = [
    "dead_fraction",
    "dense_fraction",
    "explained_variance",
    "feature_density",
    "firing_counts",
    "l0",
]
