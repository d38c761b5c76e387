"""Which features are shown of a sequence, and in which order."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from interplm.features.encoding.sequence import SequenceFeatures

# The lowest threshold of Simon & Zou 2024: from here on a residue counts for the extent.
FIRING = 0.15
MEASURES = ("maximum", "mean", "extent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A feature on a part of one sequence.

    Attributes:
        feature: its number.
        maximum: there, a fraction of the feature's own.
        mean: over all residues of the part.
        extent: residues of the part above 0.15 of the maximum.
        peak: 0-based residue of the maximum, in the whole sequence.
    """

    feature: int
    maximum: float
    mean: float
    extent: int
    peak: int


def rank(
    features: SequenceFeatures, n: int, *, by: str = "maximum", start: int = 0,
    stop: int | None = None, among: Collection[int] | None = None,
) -> list[Ranked]:  # fmt: skip
    """The features that fire most on residues start..stop.

    Args:
        features: of the sequence.
        n: how many at most.
        by: one of MEASURES.
        start: first residue, 0-based.
        stop: one past the last; None for the end.
        among: features that may be shown; None for all.
    """
    part = features.values.tocsr()[start:stop].tocsc()
    maxima = part.max(axis=0).toarray().ravel()
    means = np.asarray(part.mean(axis=0)).ravel()
    extents = np.asarray((part > FIRING).sum(axis=0)).ravel()
    score = {"maximum": maxima, "mean": means, "extent": extents + maxima / (maxima.max() + 1)}[by]
    order = [int(feature) for feature in np.argsort(-score, kind="stable") if maxima[feature] > 0]
    if among is not None:
        order = [feature for feature in order if feature in among]
    return [
        Ranked(
            feature=feature,
            maximum=float(maxima[feature]),
            mean=float(means[feature]),
            extent=int(extents[feature]),
            peak=start + int(part[:, [feature]].toarray().argmax()),
        )
        for feature in order[:n]
    ]
