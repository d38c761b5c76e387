"""Metrics as pure functions; those that add over batches come as `_update` and `_compute`."""

from interplm.metrics.functional.cosine_similarity import cosine_similarity
from interplm.metrics.functional.decoder_similarity import nearest_rows
from interplm.metrics.functional.density_histogram import density_histogram
from interplm.metrics.functional.explained_variance import (
    explained_variance,
    fraction_variance_unexplained,
)
from interplm.metrics.functional.feature_density import (
    dead_fraction,
    dense_fraction,
    feature_density,
    l0,
)
from interplm.metrics.functional.l1_norm import l1_norm
from interplm.metrics.functional.loss_recovered import loss_recovered
from interplm.metrics.functional.mean_squared_error import mean_squared_error
from interplm.metrics.functional.relative_reconstruction_bias import relative_reconstruction_bias

__all__ = [
    "cosine_similarity",
    "dead_fraction",
    "dense_fraction",
    "density_histogram",
    "explained_variance",
    "feature_density",
    "fraction_variance_unexplained",
    "l0",
    "l1_norm",
    "loss_recovered",
    "mean_squared_error",
    "nearest_rows",
    "relative_reconstruction_bias",
]
