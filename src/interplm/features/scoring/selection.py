"""Which features are taken as detectors of a concept; decided on validation proteins."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.features.scoring.counts import ConceptCounts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValidationScores:
    """Every feature as the detector of every concept, all [n_concepts, d_sae].

    Attributes:
        average_precision: thresholds as levels, float32.
        f1: by the kind of the concept, at the best threshold, float32.
        threshold: that threshold's number, the lowest of equals, uint8.
        f1_residue: recall over residues, at its own best threshold, float32.
        threshold_residue: that threshold's number, uint8.
    """

    average_precision: NDArray[np.float32]
    f1: NDArray[np.float32]
    threshold: NDArray[np.uint8]
    f1_residue: NDArray[np.float32]
    threshold_residue: NDArray[np.uint8]

    @classmethod
    def of(cls, counts: ConceptCounts, *, by_domain: NDArray[np.bool_]) -> "ValidationScores":
        """From counts over validation proteins; concept by concept, to bound the memory."""
        shape = counts.tp.shape[:2]
        found = cls(
            average_precision=np.zeros(shape, np.float32),
            f1=np.zeros(shape, np.float32),
            threshold=np.zeros(shape, np.uint8),
            f1_residue=np.zeros(shape, np.float32),
            threshold_residue=np.zeros(shape, np.uint8),
        )
        for concept, domain in enumerate(by_domain):
            detection = counts.detection(concept, by_domain=bool(domain))
            found.average_precision[concept] = counts.average_precision(concept)
            for name, threshold in (("f1", "threshold"), ("f1_residue", "threshold_residue")):
                values = getattr(detection, name)
                best = values.argmax(axis=1)
                getattr(found, threshold)[concept] = best
                getattr(found, name)[concept] = np.take_along_axis(values, best[:, None], 1)[:, 0]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A feature taken as the detector of a concept.

    Attributes:
        concept: number in the counts.
        feature: number in the representation.
        threshold: number in the counts' thresholds, with the best F1.
        threshold_residue: with the best F1 over residues.
        best_by_average_precision: whether no feature has a higher one.
        best_by_f1: likewise.
        best_by_f1_residue: likewise.
        average_precision: on validation proteins.
        f1: on validation proteins.
        f1_residue: on validation proteins.
        is_label: whether no other concept says more of the feature.
    """

    concept: int
    feature: int
    threshold: int
    threshold_residue: int
    best_by_average_precision: bool
    best_by_f1: bool
    best_by_f1_residue: bool
    average_precision: float
    f1: float
    f1_residue: float
    is_label: bool

    @property
    def is_best(self) -> bool:
        """By any measure."""
        return self.best_by_average_precision or self.best_by_f1 or self.best_by_f1_residue


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthALook:
    """Which pairs are measured besides the best of each concept.

    Attributes:
        f1: validation F1 of a pair that is.
        lift: validation average precision above chance, (AP - prevalence) / (1 - prevalence), of a
            concept's further features and of a feature's labels.
        n_best: features of each concept, by average precision.
        is_annotation: of each concept, [n_concepts]; the others are amino acids or controls.
        is_amino_acid: of each concept, [n_concepts].
        prevalence: of each concept, [n_concepts].
    """

    f1: float
    lift: float
    n_best: int
    is_annotation: NDArray[np.bool_]
    is_amino_acid: NDArray[np.bool_]
    prevalence: NDArray[np.float64]

    def masks(self, scores: ValidationScores) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Pairs to measure, and those of them that label their feature; [n_concepts, d_sae]."""
        chance = self.prevalence[:, None]
        lift = (scores.average_precision - chance) / np.maximum(1 - chance, np.finfo(float).tiny)
        lifted = lift >= self.lift
        labels = np.zeros(lift.shape, np.bool_)
        # An amino acid, which is read from the input, must not hide what a biologist annotated.
        for kind in (self.is_annotation, self.is_amino_acid):
            own = np.where(kind[:, None], lift, -np.inf)
            best, every = own.argmax(axis=0), np.arange(lift.shape[1])
            labels[best, every] |= (own[best, every] >= self.lift) & ~labels.any(axis=0)
        wanted = labels | (scores.f1 >= self.f1) | (lifted & self._foremost(scores))
        return wanted & (self.is_annotation | self.is_amino_acid)[:, None], labels

    def _foremost(self, scores: ValidationScores) -> NDArray[np.bool_]:
        ap = scores.average_precision
        n = min(self.n_best, ap.shape[1])
        last = np.partition(ap, -n, axis=1)[:, -n]
        return ap >= last[:, None]


def candidates(scores: ValidationScores, others: WorthALook | None = None) -> list[Candidate]:
    """For each concept its best features, and other pairs worth a look.

    The best one by average precision, by F1 and by F1 over residues; of equals the one that comes
    first by average precision, then by number. A concept that no feature finds at all has none.

    Args:
        scores: on validation proteins.
        others: which pairs are measured besides; None for the best of each concept alone.
    """
    shape = scores.f1.shape
    wanted, labels = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    if others is not None:
        wanted, labels = others.masks(scores)
    return list(_candidates(scores, wanted, labels))


def _candidates(
    scores: ValidationScores, wanted: NDArray[np.bool_], labels: NDArray[np.bool_]
) -> Iterator[Candidate]:
    ap = scores.average_precision
    for concept in range(len(ap)):
        by_f1, by_f1_residue = scores.f1[concept], scores.f1_residue[concept]
        # What fires on none of the concept's residues ranks them as chance does, which may be
        # better than what features that fire elsewhere do; but it detects nothing.
        detects = by_f1 > 0
        best = {
            "best_by_average_precision": int(np.where(detects, ap[concept], -1).argmax()),
            "best_by_f1": _best(by_f1, ap[concept]),
            "best_by_f1_residue": _best(by_f1_residue, ap[concept]),
        }
        taken = wanted[concept].copy()
        taken[list(best.values())] = True
        for feature in np.flatnonzero(taken & detects).tolist():
            yield Candidate(
                concept=concept,
                feature=feature,
                threshold=int(scores.threshold[concept, feature]),
                threshold_residue=int(scores.threshold_residue[concept, feature]),
                **{name: feature == number for name, number in best.items()},
                average_precision=float(ap[concept, feature]),
                f1=float(by_f1[feature]),
                f1_residue=float(by_f1_residue[feature]),
                is_label=bool(labels[concept, feature]),
            )


def _best(values: NDArray[np.float32], average_precision: NDArray[np.float32]) -> int:
    """The largest value, among equals that of the largest average precision, then the first."""
    tied = np.flatnonzero(values == values.max())
    return int(tied[average_precision[tied].argmax()])


def best_threshold(counts: ConceptCounts, concept: int, feature: int, *, by_domain: bool) -> int:
    """The threshold at which a pair does best on these counts, which choose it anew."""
    every = np.arange(len(counts.thresholds))
    place = (np.full_like(every, concept), np.full_like(every, feature), every)
    return int(counts.detection(place, by_domain=by_domain).f1.argmax())
