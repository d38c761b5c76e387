"""Metrics of reconstructions and features: pure in `functional`, stateful here."""

from interplm.metrics.explained_variance import ExplainedVariance
from interplm.metrics.feature_density import FeatureDensity

__all__ = ["ExplainedVariance", "FeatureDensity"]
