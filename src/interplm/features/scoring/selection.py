"""Which feature, at which threshold, stands for a concept; decided on validation proteins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.metrics import DetectionMetrics, detection_metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A feature taken as the detector of a concept.

    Attributes:
        concept: number in the counts.
        feature: number in the representation.
        threshold: number in the counts' thresholds.
        is_best: whether no other pair of the concept has a higher validation F1.
        f1_validation: by which it was chosen.
    """

    concept: int
    feature: int
    threshold: int
    is_best: bool
    f1_validation: float


def scores_of(counts: ConceptCounts, concept: int, *, by_domain: bool) -> DetectionMetrics:
    """Of one concept with every feature at every threshold, [d_sae, n_thresholds]."""
    return detection_metrics(
        tp=counts.tp[concept],
        firing=counts.firing,
        domains_hit=counts.domains_hit[concept],
        n_residues=counts.n_residues[concept],
        n_domains=counts.n_domains[concept],
        by_domain=by_domain,
    )


def select_pairs(
    counts: ConceptCounts, *, by_domain: NDArray[np.bool_], f1_floor: float
) -> list[Pair]:
    """For each concept its best feature, and every other feature that reaches the floor.

    Each feature is taken at its best threshold; of equals the lower threshold and the lower
    number win. A concept that no feature finds at all has no pair.

    Args:
        counts: over validation proteins.
        by_domain: whether each concept's recall counts instances, [n_concepts].
        f1_floor: of the validation F1.
    """
    pairs = []
    for concept, domain in enumerate(by_domain):
        f1 = scores_of(counts, concept, by_domain=bool(domain)).f1
        threshold = f1.argmax(axis=1)
        highest = np.take_along_axis(f1, threshold[:, None], axis=1)[:, 0]
        best = int(highest.argmax())
        taken = np.union1d(best, np.flatnonzero(highest >= f1_floor))
        pairs += [
            Pair(
                concept=concept,
                feature=int(feature),
                threshold=int(threshold[feature]),
                is_best=int(feature) == best,
                f1_validation=float(highest[feature]),
            )
            for feature in taken
            if highest[feature] > 0
        ]
    return pairs


def best_threshold(counts: ConceptCounts, pair: Pair, *, by_domain: bool) -> int:
    """The threshold at which a pair does best on these counts, which choose it anew."""
    f1 = detection_metrics(
        tp=counts.tp[pair.concept, pair.feature],
        firing=counts.firing[pair.feature],
        domains_hit=counts.domains_hit[pair.concept, pair.feature],
        n_residues=counts.n_residues[pair.concept],
        n_domains=counts.n_domains[pair.concept],
        by_domain=by_domain,
    ).f1
    return int(f1.argmax())
