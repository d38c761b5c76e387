"""Chosen pairs measured on test proteins, with intervals and significance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from interplm.features.multiple_testing import q_values
from interplm.features.scoring.bootstrap import bootstrap_f1, interval, protein_weights
from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.held_out import HeldOut
from interplm.features.scoring.metrics import detection_metrics
from interplm.features.scoring.permutation_test import (
    Permutations,
    null_f1,
    p_value,
    permutations,
)
from interplm.features.scoring.protocols import ScoringProtocol
from interplm.features.scoring.selection import Pair, best_threshold

# Running sums of firing residues that exist at a time, in residues: half a gigabyte.
_SUMMED_RESIDUES = 2**27


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScores:
    """A pair on test proteins.

    Attributes:
        concept: name.
        feature: number in the representation.
        threshold: fraction of the feature's maximum.
        is_best: whether it is its concept's best pair on validation proteins.
        f1_validation: by which the pair was chosen.
        precision: over residues.
        recall: over residues or instances, by the kind of the concept.
        f1: of the two.
        f1_residue: with recall over residues, whatever the kind.
        f1_low: lower end of the interval of f1, from drawing proteins anew.
        f1_high: upper end.
        average_precision: of the feature's value as the score of every test residue; exact.
        coverage: share of the proteins with the concept on which the feature fires within it.
        p_value: from moving annotations between proteins.
        q_value: Benjamini-Hochberg, over the best pairs of all concepts or over all other pairs.
    """

    concept: str
    feature: int
    threshold: float
    is_best: bool
    f1_validation: float
    precision: float
    recall: float
    f1: float
    f1_residue: float
    f1_low: float
    f1_high: float
    average_precision: float
    coverage: float
    p_value: float
    q_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """How pairs are measured.

    Args:
        protocol: kinds of concepts, and where thresholds come from.
        n_bootstraps: samples of proteins.
        confidence: of the interval.
        n_permutations: of the annotations.
        length_group: proteins of similar length among which annotations are moved.
        seed: of samples and permutations.
    """

    protocol: ScoringProtocol
    n_bootstraps: int
    confidence: float
    n_permutations: int
    length_group: int
    seed: int

    def __call__(
        self, pairs: Sequence[Pair], test: ConceptCounts, held_out: HeldOut
    ) -> tuple[PairScores, ...]:
        """Measure pairs, in order of their concepts.

        Args:
            pairs: chosen on other proteins.
            test: counts over the test proteins.
            held_out: the same proteins, with the features of the pairs.
        """
        rng = np.random.default_rng(self.seed)
        weights = protein_weights(len(held_out.lengths), self.n_bootstraps, rng=rng)
        orders = permutations(
            held_out.lengths, self.n_permutations, group_size=self.length_group, rng=rng
        )
        measured: list[PairScores] = []
        ordered = sorted(pairs, key=lambda pair: (pair.concept, pair.feature))
        with tqdm(total=len(ordered), unit="pair", desc="significance") as bar:
            for _, group in groupby(ordered, key=lambda pair: pair.concept):
                of_concept = list(group)
                measured += self._of_concept(of_concept, test, held_out, weights, orders)
                bar.update(len(of_concept))
        return _with_q_values(measured)

    def _of_concept(
        self,
        pairs: Sequence[Pair],
        test: ConceptCounts,
        held_out: HeldOut,
        weights: NDArray[np.uint16],
        orders: Permutations,
    ) -> Iterator[PairScores]:
        """The pairs of one concept; their q-values are still missing."""
        concept = pairs[0].concept
        by_domain = self.protocol.by_domain(test.concepts[concept])
        if self.protocol.retunes_threshold:
            pairs = [
                replace(pair, threshold=best_threshold(test, pair, by_domain=by_domain))
                for pair in pairs
            ]
        instances = held_out.instances(concept)
        nulls = self._nulls(pairs, test, held_out, orders, by_domain=by_domain)
        for pair, null in zip(pairs, nulls, strict=True):
            threshold = test.thresholds[pair.threshold]
            firing_rows = held_out.firing_rows(pair.feature, threshold)
            counts = held_out.protein_counts(instances, firing_rows)
            f1 = bootstrap_f1(counts, weights, by_domain=by_domain)
            low, high = interval(f1, confidence=self.confidence)
            point = _point_scores(test, pair, by_domain=by_domain)
            yield PairScores(
                concept=test.concepts[concept].name,
                feature=pair.feature,
                threshold=threshold,
                is_best=pair.is_best,
                f1_validation=pair.f1_validation,
                **point,
                f1_low=low,
                f1_high=high,
                average_precision=held_out.average_precision(instances, pair.feature),
                coverage=counts.coverage,
                p_value=p_value(point["f1"], null),
                q_value=float("nan"),
            )

    def _nulls(
        self,
        pairs: Sequence[Pair],
        test: ConceptCounts,
        held_out: HeldOut,
        orders: Permutations,
        *,
        by_domain: bool,
    ) -> Iterator[NDArray[np.float64]]:
        """F1 under permutation of each pair, [n_permutations].

        Where the threshold was chosen on the test proteins, so it is under each permutation.
        """
        every = test.thresholds
        at_once = max(1, _SUMMED_RESIDUES // max(1, held_out.columns.n_rows))
        per_pair = len(every) if self.protocol.retunes_threshold else 1
        step = max(1, at_once // per_pair)
        for first in range(0, len(pairs), step):
            group = pairs[first : first + step]
            rows = [
                held_out.firing_rows(pair.feature, threshold)
                for pair in group
                for threshold in (every if per_pair > 1 else [every[pair.threshold]])
            ]
            f1 = null_f1(held_out, group[0].concept, rows, orders, by_domain=by_domain)
            yield from f1.reshape(len(group), -1, self.n_permutations).max(axis=1)


def _point_scores(test: ConceptCounts, pair: Pair, *, by_domain: bool) -> dict[str, float]:
    place = (pair.feature, pair.threshold)
    scores = detection_metrics(
        tp=test.tp[pair.concept][place],
        firing=test.firing[place],
        domains_hit=test.domains_hit[pair.concept][place],
        n_residues=test.n_residues[pair.concept],
        n_domains=test.n_domains[pair.concept],
        by_domain=by_domain,
    )
    return {
        "precision": float(scores.precision),
        "recall": float(scores.recall_domain if by_domain else scores.recall),
        "f1": float(scores.f1),
        "f1_residue": float(scores.f1_residue),
    }


def _with_q_values(measured: Sequence[PairScores]) -> tuple[PairScores, ...]:
    """Best pairs answer one question, once for each concept; the others must not dilute it."""
    p_values = np.array([pair.p_value for pair in measured])
    is_best = np.array([pair.is_best for pair in measured], dtype=np.bool_)
    adjusted = np.empty(len(measured))
    for family in (is_best, ~is_best):
        adjusted[family] = q_values(p_values[family])
    return tuple(
        replace(pair, q_value=float(q)) for pair, q in zip(measured, adjusted, strict=True)
    )
