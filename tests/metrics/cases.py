"""Every metric class with what it is given, and what it must find on all of it."""

import torch

from interplm.metrics import (
    CosineSimilarity,
    DensityHistogram,
    ExplainedVariance,
    FeatureDensity,
    FractionVarianceUnexplained,
    L1Norm,
    MeanSquaredError,
    RelativeReconstructionBias,
    functional,
)

_generator = torch.Generator().manual_seed(0)
X = torch.randn(101, 5, generator=_generator) + 2
RECONSTRUCTION = X + torch.randn(101, 5, generator=_generator)
FEATURES = torch.randn(101, 8, generator=_generator).relu() * (torch.arange(8) > 1)
COUNTS = FEATURES.count_nonzero(dim=0)
EDGES = [-3.0, -2.0, -1.0, -0.5, 0.0]


def of_features(kind):
    """A metric of firing counts that counts features itself, so that all split alike."""

    class OfFeatures(kind):
        def update(self, features):
            super().update(features.count_nonzero(dim=0), len(features))

    return OfFeatures


# name: (class made, arguments by residue, expected over all residues)
CASES = {
    "explained_variance": (
        lambda: ExplainedVariance(d_in=5),
        (X, RECONSTRUCTION),
        functional.explained_variance(X, RECONSTRUCTION),
    ),
    "fraction_variance_unexplained": (
        lambda: FractionVarianceUnexplained(d_in=5),
        (X, RECONSTRUCTION),
        functional.fraction_variance_unexplained(X, RECONSTRUCTION),
    ),
    "mean_squared_error": (
        MeanSquaredError,
        (X, RECONSTRUCTION),
        functional.mean_squared_error(X, RECONSTRUCTION),
    ),
    "cosine_similarity": (
        CosineSimilarity,
        (X, RECONSTRUCTION),
        functional.cosine_similarity(X, RECONSTRUCTION),
    ),
    "relative_reconstruction_bias": (
        lambda: RelativeReconstructionBias(d_in=5),
        (X, RECONSTRUCTION),
        functional.relative_reconstruction_bias(X, RECONSTRUCTION),
    ),
    "l1_norm": (L1Norm, (FEATURES,), functional.l1_norm(FEATURES)),
    "feature_density": (
        lambda: of_features(FeatureDensity)(d_sae=8),
        (FEATURES,),
        {
            "l0": (FEATURES > 0).sum().double() / 101,
            "dead_percent": torch.tensor(25.0).double(),
            "dense_percent": torch.tensor(75.0).double(),
        },
    ),
    "density_histogram": (
        lambda: of_features(DensityHistogram)(d_sae=8, log10_edges=EDGES),
        (FEATURES,),
        functional.density_histogram(
            COUNTS, torch.tensor(101), log10_edges=torch.tensor(EDGES).double()
        ),
    ),
}


def found(name, pieces):
    """What a fresh metric says after being given the pieces of every argument in turn."""
    make, _, _ = CASES[name]
    metric = make()
    for arguments in zip(*pieces, strict=True):
        metric.update(*arguments)
    return metric.compute()
