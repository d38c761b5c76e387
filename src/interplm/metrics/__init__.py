"""Metrics: classes for training and evaluation, and the functions behind them in `functional`.

Classes are loaded when they are asked for: torchmetrics takes seconds to import, and who wants a
function alone, such as the explorer, need not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interplm.metrics.cosine_similarity import CosineSimilarity
    from interplm.metrics.decoder_similarity import DecoderSimilarity
    from interplm.metrics.density_histogram import DensityHistogram
    from interplm.metrics.explained_variance import ExplainedVariance, FractionVarianceUnexplained
    from interplm.metrics.feature_density import FeatureDensity
    from interplm.metrics.l1_norm import L1Norm
    from interplm.metrics.mean_squared_error import MeanSquaredError
    from interplm.metrics.relative_reconstruction_bias import RelativeReconstructionBias

__all__ = [
    "CosineSimilarity",
    "DecoderSimilarity",
    "DensityHistogram",
    "ExplainedVariance",
    "FeatureDensity",
    "FractionVarianceUnexplained",
    "L1Norm",
    "MeanSquaredError",
    "RelativeReconstructionBias",
]
_MODULES = {
    "CosineSimilarity": "cosine_similarity",
    "DecoderSimilarity": "decoder_similarity",
    "DensityHistogram": "density_histogram",
    "ExplainedVariance": "explained_variance",
    "FeatureDensity": "feature_density",
    "FractionVarianceUnexplained": "explained_variance",
    "L1Norm": "l1_norm",
    "MeanSquaredError": "mean_squared_error",
    "RelativeReconstructionBias": "relative_reconstruction_bias",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
