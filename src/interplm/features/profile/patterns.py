"""In what shape a feature fires along a protein: as a point, a motif, a domain and so on."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from interplm.features.database.records import Pattern
from interplm.features.profile.firing import ProteinRuns

# All limits are InterProt's (Adams et al. 2025; classify_into_type in their repository, commit
# 6f826e1). A stretch is a row of residues on all of which the feature fires.
_STRONG = 0.75  # fraction of the maximum that a strong stretch passes
_FEWEST_PROTEINS = 5
_PERIODIC_SHARE = 0.5  # of the distances between stretches, for the two commonest together
_PERIODIC_STRETCHES = 10  # in a protein, median
_PERIODIC_LENGTH = 10  # of the strongest stretch, median
_STRONG_SHARE = 0.1  # of all stretches
_WHOLE_SHARE = 0.8  # of the residues
_MOTIF_LENGTH = 50
_DOMAIN_LENGTH = 300


def classify_patterns(
    strongest: ProteinRuns, lengths: NDArray[np.integer], *, n_active: NDArray[np.integer]
) -> list[Pattern]:
    """The pattern of each feature, from the proteins on which it is strongest.

    In this order, with medians over the proteins or their strongest stretches:

        silent    the feature fires on none of these residues
        other     it fires on fewer than 5 proteins
        periodic  more than 10 stretches a protein, the strongest shorter than 10 residues, and
                  two distances between the starts of neighbours make up more than half of all
        point     strong stretches (above 0.75 of the maximum) are 1 residue long
        motif     more than 0.1 of the stretches are strong, on average it fires on less than 0.8
                  of a protein, and the strongest stretch is shorter than 50 residues
        domain    the same with 50 to 299 residues
        whole     on average it fires on more than 0.8 of a protein
        other     anything else

    InterProt divides motifs into short, middle and long ones; here the first two are motifs, the
    last are domains.

    Args:
        strongest: the top examples of all features.
        lengths: residues of every protein, [n_proteins].
        n_active: residues on which each feature fires, [d_sae].
    """
    patterns: list[Pattern] = ["silent" if n == 0 else "other" for n in n_active]
    measures = _measures(_stretches(strongest), lengths)
    judged = measures[measures.n_proteins >= _FEWEST_PROTEINS]
    for feature, row in zip(judged.index.to_list(), judged.itertuples(), strict=True):
        patterns[feature] = _pattern(row)
    return patterns


def _pattern(row: Any) -> Pattern:
    """By the rules above, of one row of `_measures`; Any: a named tuple that pandas makes."""
    periodic = (
        row.period_share > _PERIODIC_SHARE
        and row.n_stretches > _PERIODIC_STRETCHES
        and row.top_length < _PERIODIC_LENGTH
    )
    if periodic:
        return "periodic"
    if row.strong_length == 1:
        return "point"
    if row.strong_share > _STRONG_SHARE and row.active_share < _WHOLE_SHARE:
        if row.top_length < _MOTIF_LENGTH:
            return "motif"
        if row.top_length < _DOMAIN_LENGTH:
            return "domain"
    return "whole" if row.active_share > _WHOLE_SHARE else "other"


def _stretches(runs: ProteinRuns) -> pd.DataFrame:
    """One row for each stretch: feature, protein, start, length, maximum."""
    run = np.repeat(np.arange(len(runs)), np.diff(runs.offsets))
    begins = np.ones(runs.n_entries, np.bool_)
    begins[1:] = (np.diff(runs.positions) != 1) | (np.diff(run) != 0)
    first = np.flatnonzero(begins)
    maximum = np.maximum.reduceat(runs.activations, first) if len(first) else np.zeros(0)
    return pd.DataFrame(
        {
            "feature": runs.feature[run[first]],
            "protein": runs.protein[run[first]],
            "start": runs.positions[first],
            "length": np.diff(np.append(first, runs.n_entries)),
            "maximum": maximum,
        }
    )


def _measures(stretches: pd.DataFrame, lengths: NDArray[np.integer]) -> pd.DataFrame:
    """What the rules ask for, one row for each feature with a stretch."""
    proteins = stretches.groupby(["feature", "protein"]).agg(
        n_stretches=("length", "size"), n_active=("length", "sum")
    )
    proteins["active_share"] = proteins.n_active / lengths[proteins.index.get_level_values(1)]
    strong = stretches[stretches.maximum > _STRONG]
    top = strong.sort_values("maximum", ascending=False, kind="stable").drop_duplicates(
        ["feature", "protein"]
    )
    by_feature = proteins.groupby("feature")
    measures = pd.DataFrame(
        {
            "n_proteins": by_feature.size(),
            "n_stretches": by_feature.n_stretches.median(),
            "active_share": by_feature.active_share.mean(),
            "strong_share": strong.groupby("feature").size() / stretches.groupby("feature").size(),
            "strong_length": strong.groupby("feature").length.median(),
            "top_length": top.groupby("feature").length.median(),
            "period_share": _period_share(stretches),
        }
    )
    return measures.fillna({"strong_share": 0.0, "period_share": 0.0})


def _period_share(stretches: pd.DataFrame) -> pd.Series:
    """Share of the two commonest distances between neighbouring stretches, by feature."""
    distance = stretches.groupby(["feature", "protein"]).start.diff()
    counts = stretches.assign(distance=distance).groupby(["feature", "distance"]).size()
    # Sorted as a whole: the largest of each group by itself takes a call for every feature.
    two = counts.sort_values(ascending=False).groupby("feature").head(2).groupby("feature").sum()
    return two / counts.groupby("feature").sum()
