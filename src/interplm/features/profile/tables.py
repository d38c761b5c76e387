"""What was found out about each feature, as tables of the feature database."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from interplm.concepts import Concept
from interplm.features.profile.coactivation import Coactivation
from interplm.features.profile.enrichment import Enrichment
from interplm.features.profile.examples import BUCKETS, Examples
from interplm.features.profile.neighbours import Neighbours
from interplm.features.profile.statistics import FeatureStatistics


def feature_table(
    *,
    maxima: NDArray[np.floating],
    statistics: FeatureStatistics,
    patterns: Sequence[str],
    places: NDArray[np.floating],
    pairs: pd.DataFrame,
    concepts: Mapping[str, Concept],
) -> pd.DataFrame:
    """The table `features`, each labelled by the concept that fits it best on test proteins.

    Args:
        maxima: of each feature, [d_sae].
        statistics: see there.
        patterns: [d_sae].
        places: on the map, [d_sae, 2].
        pairs: the SAE's, with concept, feature and f1.
        concepts: by name.
    """
    ordered = pairs.sort_values(["f1", "concept"], ascending=[False, True])
    best = ordered.drop_duplicates("feature").set_index("feature")
    labels = best.reindex(range(len(maxima)))
    return pd.DataFrame(
        {
            "feature": np.arange(len(maxima)),
            "scale": maxima,
            "n_active": statistics.n_active,
            "density": statistics.density,
            "mean_activation": statistics.mean_activation,
            "pattern": patterns,
            "label": labels.concept.to_numpy(),
            "concept": labels.concept.to_numpy(),
            "f1": labels.f1.to_numpy(),
            "family": labels.concept.map(lambda name: concepts[name].family, na_action="ignore"),
            "x": places[:, 0],
            "y": places[:, 1],
            "histogram": list(statistics.histogram),
        }
    )


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
