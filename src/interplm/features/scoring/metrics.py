"""Precision, recall and F1 of features as detectors of concepts; pure, in float64."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionMetrics:
    """Of one shape, that of the counts they come from.

    Attributes:
        precision: share of the firing residues that carry the concept.
        recall: share of the concept's residues that fire.
        recall_domain: share of the concept's instances on any residue of which the feature fires.
        f1: of precision and, by the kind of the concept, recall or recall_domain (Simon & Zou
            2024, Methods). A domain is found by one residue, but every false residue counts.
        f1_residue: of precision and recall, whatever the kind.
    """

    precision: Floats
    recall: Floats
    recall_domain: Floats
    f1: Floats
    f1_residue: Floats


def detection_metrics(
    *,
    tp: ArrayLike,
    firing: ArrayLike,
    domains_hit: ArrayLike,
    n_residues: ArrayLike,
    n_domains: ArrayLike,
    by_domain: ArrayLike,
) -> DetectionMetrics:
    """Metrics of counts that broadcast against each other, named as in ConceptCounts.

    Args:
        tp: firing residues of the concept.
        firing: firing residues.
        domains_hit: instances found.
        n_residues: residues of the concept.
        n_domains: instances of the concept.
        by_domain: whether the concept's recall counts instances.
    """
    precision = ratio(tp, firing)
    recall, recall_domain = ratio(tp, n_residues), ratio(domains_hit, n_domains)
    return DetectionMetrics(
        precision=precision,
        recall=recall,
        recall_domain=recall_domain,
        f1=f1_score(precision, np.where(by_domain, recall_domain, recall)),
        f1_residue=f1_score(precision, recall),
    )


def ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """Part / whole, and 0 where there is no whole: a silent feature has precision 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole != 0)


def f1_score(precision: Floats, recall: Floats) -> Floats:
    """Harmonic mean 2pr / (p + r), and 0 where both are 0."""
    return ratio(2 * precision * recall, precision + recall)


def average_precision(
    score: NDArray[np.floating], is_positive: NDArray[np.bool_], *, n_positive: int, n: int
) -> float:
    """Area under the precision-recall steps, Σ (R_k - R_{k-1}) P_k over distinct scores.

    Exact, though only residues with a score above zero are given: the others, all tied, make the
    last step.

    Args:
        score: of the residues that fire, above zero, [n_firing].
        is_positive: whether each carries the concept, [n_firing].
        n_positive: residues of the concept, silent ones included; not 0.
        n: all residues.
    """
    order = np.argsort(-score, kind="stable")
    score, positive = score[order], is_positive[order]
    last_of_tie = np.append(score[1:] != score[:-1], True)[: len(score)]
    tp = np.append(np.cumsum(positive)[last_of_tie], n_positive)
    ranked = np.append(np.flatnonzero(last_of_tie) + 1, n)
    return float((np.diff(tp, prepend=0) * tp / ranked).sum() / n_positive)
