"""Everything that activations alone say of an SAE."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor
from torchmetrics import MetricCollection

from interplm.evaluation.figures import Figure
from interplm.metrics import (
    CosineSimilarity,
    DecoderSimilarity,
    DensityHistogram,
    ExplainedVariance,
    FeatureDensity,
    FractionVarianceUnexplained,
    L1Norm,
    MeanSquaredError,
    RelativeReconstructionBias,
)
from interplm.sae import SparseAutoencoder

# Half a decade each; a feature that fires on one residue of a million is the rarest told apart.
LOG10_EDGES = [edge / 2 for edge in range(-12, 1)]
_BLOCK_ROWS = 1024

_OF_RECONSTRUCTIONS = {
    "explained_variance": "1 - Σ‖x - x̂‖² / Σ‖x - mean‖²; 1 is perfect",
    "fraction_variance_unexplained": "1 - explained variance; 0 is perfect",
    "mean_squared_error": "mean of (x - x̂)² over residues and dimensions; units squared",
    "cosine_similarity": "mean cosine of x and x̂; 1 is perfect",
    "relative_reconstruction_bias": "centred E‖x̂‖² / E[x̂·x]; below 1 is shrinkage",
}
_OF_FEATURES = {
    "l0": "features that fire on a residue, mean",
    "l1": "sum of the features on a residue, mean",
    "dead_percent": "% of the features that never fired on these residues",
    "dense_percent": "% of the features that fire on more than 10 % of the residues",
}
_OF_DECODER = {
    "mean_nearest_cosine": "cosine of a decoder row with its nearest other row, mean",
    "max_nearest_cosine": "the same, largest; 1 means two features write one direction",
}


@torch.no_grad()
def reconstruction_figures(
    sae: SparseAutoencoder, batches: Iterable[Tensor], *, device: torch.device
) -> list[Figure]:
    """Figures of reconstructions, features and decoder.

    In the SAE's own space x is what the input transform makes of an activation and x̂ differs from
    it by the SAE's error there. That tells the SAE's part where a transform hands back, say, each
    residue's own length.

    Args:
        sae: any architecture, in evaluation mode and on `device`.
        batches: activations, [n_residues, d_in] each, any floating dtype.
        device: where the metrics add up.
    """
    in_plm = _reconstruction_metrics(sae.d_in).to(device)
    in_sae = _reconstruction_metrics(sae.d_in).to(device)
    density, l1 = FeatureDensity(d_sae=sae.d_sae).to(device), L1Norm().to(device)
    histogram = DensityHistogram(d_sae=sae.d_sae, log10_edges=LOG10_EDGES).to(device)
    for batch in batches:
        x = batch.to(device).float()
        output = sae(x)
        target = sae.target(x)
        in_plm.update(x, output.reconstruction)
        in_sae.update(target, target - sae.error(x, output))
        counts = output.firing_counts()
        for metric in (density, histogram):
            metric.update(counts, len(x))
        l1.update(output.features)
    of_features = density.compute() | {"l1": l1.compute()}
    decoder = DecoderSimilarity(block_rows=_BLOCK_ROWS).to(device)
    decoder.update(sae.W_dec)
    return [
        *_figures(in_plm.compute(), _OF_RECONSTRUCTIONS, "plm"),
        *_figures(in_sae.compute(), _OF_RECONSTRUCTIONS, "sae"),
        *_figures(of_features, _OF_FEATURES, "features"),
        *_histogram_figures(histogram.compute()),
        *_figures(decoder.compute(), _OF_DECODER, "decoder"),
    ]


def _reconstruction_metrics(d_in: int) -> MetricCollection:
    return MetricCollection(
        {
            "explained_variance": ExplainedVariance(d_in=d_in),
            "fraction_variance_unexplained": FractionVarianceUnexplained(d_in=d_in),
            "mean_squared_error": MeanSquaredError(),
            "cosine_similarity": CosineSimilarity(),
            "relative_reconstruction_bias": RelativeReconstructionBias(d_in=d_in),
        }
    )


def _figures(
    values: Mapping[str, Tensor], descriptions: Mapping[str, str], space: str
) -> list[Figure]:
    return [
        Figure(name, float(values[name]), space, description)
        for name, description in descriptions.items()
    ]


def _histogram_figures(counts: Tensor) -> list[Figure]:
    bins = zip(LOG10_EDGES, LOG10_EDGES[1:], counts.tolist(), strict=False)
    return [
        Figure(
            f"density_1e{low}_to_1e{high}",
            float(count),
            "features",
            f"features that fire on 10^{low} to 10^{high} of the residues",
        )
        for low, high, count in bins
    ]
