"""What was found out about each feature, as tables of the feature database."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from interplm.features.database.records import BUCKETS
from interplm.features.profile.coactivation import Coactivation
from interplm.features.profile.enrichment import Enrichment
from interplm.features.profile.examples import Examples
from interplm.features.profile.neighbours import Neighbours
from interplm.features.profile.stability import Stability
from interplm.features.profile.statistics import FeatureStatistics


def feature_table(
    *,
    maxima: NDArray[np.floating],
    statistics: FeatureStatistics,
    patterns: Sequence[str],
    places: NDArray[np.floating],
    labels: pd.DataFrame,
    stability: Stability,
) -> pd.DataFrame:
    """The table `features`.

    Args:
        maxima: of each feature, [d_sae].
        statistics: see there.
        patterns: [d_sae].
        places: on the map, [d_sae, 2].
        labels: see `label_table`.
        stability: see there.
    """
    return pd.DataFrame(
        {
            "feature": np.arange(len(maxima)),
            "scale": maxima,
            "n_active": statistics.n_active,
            "density": statistics.density,
            "mean_activation": statistics.mean_activation,
            "pattern": patterns,
            "n_sisters": stability.n_sisters,
            "n_reappears": stability.n_reappears,
            "sister_cosine": stability.cosine,
            "sister_correlation": stability.correlation,
            "x": places[:, 0],
            "y": places[:, 1],
            "histogram": list(statistics.histogram),
        }
    ).join(labels.reindex(range(len(maxima))))


def example_table(examples: Examples, accessions: Sequence[str]) -> pd.DataFrame:
    """The table `examples`; its lists are NumPy arrays."""
    runs = examples.runs
    cuts = runs.offsets[1:-1]
    return pd.DataFrame(
        {
            "feature": runs.feature,
            "bucket": np.array(BUCKETS)[examples.bucket],
            "rank": examples.rank,
            "accession": np.array(accessions, object)[runs.protein],
            "maximum": runs.maximum,
            "peak": runs.peaks(),
            "positions": np.split(runs.positions, cuts) if len(runs) else [],
            "activations": np.split(runs.activations, cuts) if len(runs) else [],
        }
    )


def coactivation_table(found: Coactivation) -> pd.DataFrame:
    """The table `coactivation`."""
    names = ("feature", "other", "n_both", "jaccard", "rank")
    return pd.DataFrame({name: getattr(found, name) for name in names})


def neighbour_table(found: Neighbours) -> pd.DataFrame:
    """The table `neighbours`."""
    d_sae, n_others = found.other.shape
    return pd.DataFrame(
        {
            "feature": np.repeat(np.arange(d_sae), n_others),
            "other": found.other.ravel(),
            "cosine": found.cosine.ravel(),
            "rank": np.tile(np.arange(n_others), d_sae),
        }
    )


def enrichment_table(found: Enrichment) -> pd.DataFrame:
    """The table `enrichment`."""
    names = ("feature", "label", "kind", "n", "n_background", "odds_ratio", "q_value")
    return pd.DataFrame({name: getattr(found, name) for name in names})
