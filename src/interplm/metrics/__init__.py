"""Metrics of reconstructions and features: pure in `functional`, stateful here."""

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
