"""How well features detect concepts; pure, in float64.

A new measure is a property of `Detection`, and a field of the same name in the record `Pair`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Detection:
    """Counts of features as detectors of concepts, which broadcast against each other.

    Attributes:
        tp: residues of the concept on which the feature fires.
        firing: residues on which it fires.
        n_found: instances of the concept on any residue of which it fires.
        n_residues: residues of the concept.
        n_domains: instances of the concept.
        n_rows: all residues.
        by_domain: whether the concept's recall counts instances.
    """

    tp: ArrayLike
    firing: ArrayLike
    n_found: ArrayLike
    n_residues: ArrayLike
    n_domains: ArrayLike
    n_rows: ArrayLike
    by_domain: ArrayLike

    @cached_property
    def precision(self) -> Floats:
        """Share of the firing residues that carry the concept."""
        return ratio(self.tp, self.firing)

    @cached_property
    def recall_residue(self) -> Floats:
        """Share of the concept's residues that fire."""
        return ratio(self.tp, self.n_residues)

    @cached_property
    def recall(self) -> Floats:
        """Share of the concept's instances that are found, or of its residues, by its kind."""
        if not np.any(self.by_domain):
            return self.recall_residue
        return np.where(self.by_domain, ratio(self.n_found, self.n_domains), self.recall_residue)

    @cached_property
    def f1(self) -> Floats:
        """Of precision and recall by the kind of the concept (Simon & Zou 2024, Methods).

        A domain is found by one residue, but every false residue counts.
        """
        return f1_score(self.precision, self.recall)

    @cached_property
    def f1_residue(self) -> Floats:
        """Of precision and recall over residues, whatever the kind."""
        return f1_score(self.precision, self.recall_residue)

    @cached_property
    def f1_constant(self) -> Floats:
        """F1 of a detector that fires on every residue: precision is prevalence, recall 1."""
        return f1_score(ratio(self.n_residues, self.n_rows), np.ones(()))

    @cached_property
    def f1_corrected(self) -> Floats:
        """(F1 - F1₀) / (1 - F1₀), F1₀ of the constant detector: 0 is no better than it, 1 perfect.

        The same correction makes Cohen's kappa of an agreement.
        """
        return ratio(self.f1 - self.f1_constant, 1 - self.f1_constant)

    @cached_property
    def matthews(self) -> Floats:
        """Correlation of firing and carrying over residues, 0 where either is constant.

        Matthews 1975; (TP·TN - FP·FN) / √(firing · silent · positive · negative).
        """
        tp, firing, positive = (
            np.asarray(x, float) for x in (self.tp, self.firing, self.n_residues)
        )
        silent, negative = self.n_rows - firing, self.n_rows - positive
        covariance = tp * self.n_rows - firing * positive
        # Roots first: the product of four counts of a proteome leaves the exact integers.
        return ratio(covariance, np.sqrt(firing * silent) * np.sqrt(positive * negative))


MEASURES = tuple(
    name for name, value in vars(Detection).items() if isinstance(value, cached_property)
)


def ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """Part / whole, and 0 where there is no whole: a silent feature has precision 0."""
    part, whole = np.asarray(part), np.asarray(whole)
    # Dividing by what is 1 where there is no whole spares a mask, which costs more than it.
    quotient: Floats = np.divide(part, np.where(whole == 0, 1, whole), dtype=np.float64)
    return np.where(whole == 0, 0.0, quotient)


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


def average_precision_of_levels(
    tp: NDArray[np.number], firing: NDArray[np.number], *, n_positive: ArrayLike, n: ArrayLike
) -> Floats:
    """The same area where scores are known by their levels alone, which tie within a level.

    Args:
        tp: residues of the concept above each level, the levels ascending, [n_levels, ...].
        firing: all residues above each, the same shape.
        n_positive: residues of the concept, [...].
        n: all residues, [...].

    Returns:
        [...]; 0 without a residue of the concept.
    """
    steps = -np.diff(tp, axis=0, append=0)
    area = (steps * ratio(tp, firing)).sum(axis=0)
    # Those below the lowest level tie with everything that never fires.
    area += (n_positive - tp[0]) * ratio(n_positive, n)
    return ratio(area, n_positive)
