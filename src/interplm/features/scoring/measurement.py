"""Chosen pairs measured on test proteins, with intervals and significance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from interplm.features.database.records import Pair
from interplm.features.multiple_testing import q_values
from interplm.features.scoring.bootstrap import (
    Draws,
    bootstrap_average_precision,
    bootstrap_detection,
    draw_clusters,
    interval,
)
from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.held_out import HeldOut
from interplm.features.scoring.metrics import MEASURES, Floats, average_precision, ratio
from interplm.features.scoring.permutation_test import (
    Permutations,
    null_f1,
    p_value,
    permutations,
)
from interplm.features.scoring.protocols import ScoringProtocol
from interplm.features.scoring.selection import Candidate, best_threshold

# Running sums of firing residues that exist at a time, in residues: half a gigabyte.
_SUMMED_RESIDUES = 2**27
# Fields that are measured at the threshold that does best over residues, and as what.
_OVER_RESIDUES = {
    "precision_residue": "precision", "recall_residue": "recall_residue", "f1_residue": "f1_residue"
}  # fmt: skip
_MEASURED = tuple(
    name for name in MEASURES
    if name in Pair.__dataclass_fields__ and name not in _OVER_RESIDUES
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What was found on test proteins.

    Attributes:
        pairs: in order of their concepts; margins are still missing.
        average_precision: of each concept's best pair, prevalence without one, [n_concepts].
        replicates: the same on each sample of clusters, float32 [n_concepts, n_samples].
    """

    pairs: tuple[Pair, ...]
    average_precision: Floats
    replicates: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """How pairs are measured.

    Args:
        protocol: kinds of concepts, and where thresholds come from.
        n_bootstraps: samples of clusters.
        confidence: of the intervals.
        n_permutations: of the annotations.
        length_group: clusters of similar length among which annotations are moved.
        seed: of samples and permutations.
    """

    protocol: ScoringProtocol
    n_bootstraps: int
    confidence: float
    n_permutations: int
    length_group: int
    seed: int

    def __call__(
        self,
        representation: str,
        candidates: Sequence[Candidate],
        test: ConceptCounts,
        held_out: HeldOut,
        *,
        is_tested: bool,
    ) -> Measured:
        """Measure pairs.

        Args:
            representation: whose features they are.
            candidates: chosen on other proteins, in order of their concepts.
            test: counts over the test proteins.
            held_out: the same proteins, with the features of the pairs.
            is_tested: whether significance is tested, which takes most of the time.
        """
        rng = np.random.default_rng(self.seed)
        draws = draw_clusters(held_out.cluster, self.n_bootstraps, rng=rng)
        orders = None
        if is_tested:
            orders = permutations(
                held_out.lengths,
                held_out.cluster,
                self.n_permutations,
                group_size=self.length_group,
                rng=rng,
            )
        best: dict[int, tuple[float, Floats]] = {}
        pairs: list[Pair] = []
        with tqdm(total=len(candidates), unit="pair", desc=f"{representation}, pairs") as bar:
            for concept, group in groupby(candidates, key=lambda candidate: candidate.concept):
                of_concept = _OfConcept(self, concept, list(group), test, held_out, draws, orders)
                pairs += of_concept.pairs(representation)
                if of_concept.best is not None:
                    best[concept] = of_concept.best
                bar.update(len(of_concept.candidates))
        for concept in set(range(len(test.concepts))) - set(best):
            best[concept] = _chance(held_out, concept, draws)
        ordered = [best[concept] for concept in range(len(test.concepts))]
        return Measured(
            pairs=_with_q_values(pairs),
            average_precision=np.array([point for point, _ in ordered]),
            replicates=np.array([samples for _, samples in ordered], np.float32),
        )


class _OfConcept:
    """The candidates of one concept on the test proteins."""

    def __init__(
        self,
        settings: Measurement,
        concept: int,
        candidates: list[Candidate],
        test: ConceptCounts,
        held_out: HeldOut,
        draws: Draws,
        orders: Permutations | None,
    ) -> None:
        self._settings, self._number = settings, concept
        self._test, self._held_out, self._draws, self._orders = test, held_out, draws, orders
        self._concept = test.concepts[concept]
        self._by_domain = settings.protocol.by_domain(self._concept)
        if settings.protocol.retunes_threshold:
            candidates = [self._retuned(candidate) for candidate in candidates]
        self.candidates = candidates
        self._instances = held_out.instances(concept)
        self.best: tuple[float, Floats] | None = None

    def pairs(self, representation: str) -> Iterator[Pair]:
        """Measured; q-values and margins are still missing."""
        points = self._points("threshold", (*_MEASURED, "n_found"))
        residue = self._points("threshold_residue", tuple(_OVER_RESIDUES.values()))
        nulls = self._nulls()
        for index, candidate in enumerate(self.candidates):
            ap = self._average_precision(candidate)
            yield Pair(
                representation=representation,
                concept=self._concept.name,
                feature=candidate.feature,
                threshold=self._test.thresholds[candidate.threshold],
                threshold_residue=self._test.thresholds[candidate.threshold_residue],
                best_by_average_precision=candidate.best_by_average_precision,
                best_by_f1=candidate.best_by_f1,
                best_by_f1_residue=candidate.best_by_f1_residue,
                is_label=candidate.is_label,
                average_precision_validation=candidate.average_precision,
                f1_validation=candidate.f1,
                f1_residue_validation=candidate.f1_residue,
                **ap,
                **{name: float(points[name][index]) for name in _MEASURED},
                **{name: float(residue[of][index]) for name, of in _OVER_RESIDUES.items()},
                n_found=int(points["n_found"][index]),
                **self._over_proteins(candidate),
                **_significance(float(points["f1"][index]), nulls.get(index)),
                margin=None,
                q_value=None,
            )

    def _retuned(self, candidate: Candidate) -> Candidate:
        best = best_threshold(
            self._test, candidate.concept, candidate.feature, by_domain=self._by_domain
        )
        return replace(candidate, threshold=best, threshold_residue=best)

    def _points(
        self, threshold: str, measures: Sequence[str]
    ) -> dict[str, NDArray[Any]]:  # of integers and floats
        """Measures of all candidates at one of their thresholds, [n_candidates] each."""
        place = tuple(
            np.array([getattr(candidate, name) for candidate in self.candidates], np.int64)
            for name in ("concept", "feature", threshold)
        )
        detection = self._test.detection(place, by_domain=self._by_domain)
        shape = (len(self.candidates),)
        return {name: np.broadcast_to(getattr(detection, name), shape) for name in measures}

    def _average_precision(self, candidate: Candidate) -> dict[str, Any]:  # floats and None
        row, value, is_positive = self._held_out.ranked(self._instances, candidate.feature)
        n_positive = self._held_out.residues_of(self._instances)
        found: dict[str, Any] = {
            "average_precision": 0.0,
            "average_precision_low": None,
            "average_precision_high": None,
        }
        if not n_positive.any():
            return found
        exact = average_precision(
            value, is_positive, n_positive=int(n_positive.sum()), n=self._held_out.traces.n_rows
        )
        found["average_precision"] = exact
        if candidate.best_by_average_precision:
            samples = bootstrap_average_precision(
                value,
                is_positive,
                self._held_out.traces.protein_of(row),
                self._draws,
                n_positive=n_positive,
                n_rows=self._held_out.lengths,
            )
            self.best = exact, samples
            low, high = interval(samples, confidence=self._settings.confidence)
            found |= {"average_precision_low": low, "average_precision_high": high}
        return found

    def _over_proteins(self, candidate: Candidate) -> dict[str, float]:
        """Intervals, and the share of proteins on which the feature hits the concept."""
        rows = self._firing_rows(candidate.feature, candidate.threshold)
        counts = self._held_out.protein_counts(self._instances, rows)
        samples = bootstrap_detection(counts, self._draws, by_domain=self._by_domain)
        found = {"coverage": counts.coverage}
        for name in ("precision", "f1"):
            low, high = interval(getattr(samples, name), confidence=self._settings.confidence)
            found |= {f"{name}_low": low, f"{name}_high": high}
        return found

    def _firing_rows(self, feature: int, threshold: int) -> NDArray[np.int64]:
        return self._held_out.firing_rows(feature, self._test.thresholds[threshold])

    def _nulls(self) -> dict[int, Floats]:
        """F1 under permutation, [n_permutations], of the candidates that are tested, by index.

        Where the threshold was chosen on the test proteins, so it is under each permutation.
        """
        # Letters of the sequence are read from the input: that they are found proves nothing.
        if self._orders is None or self._concept.role == "amino_acid":
            return {}
        tested = [i for i, c in enumerate(self.candidates) if c.is_best or c.is_label]
        every = range(len(self._test.thresholds))
        retunes = self._settings.protocol.retunes_threshold
        at_once = max(1, _SUMMED_RESIDUES // max(1, self._held_out.traces.n_rows))
        step = max(1, at_once // (len(every) if retunes else 1))
        found: dict[int, Floats] = {}
        for first in range(0, len(tested), step):
            group = tested[first : first + step]
            rows = [
                self._firing_rows(candidate.feature, threshold)
                for candidate in (self.candidates[index] for index in group)
                for threshold in (every if retunes else [candidate.threshold])
            ]
            f1 = null_f1(
                self._held_out, self._instances, rows, self._orders, by_domain=self._by_domain
            )
            f1 = f1.reshape(len(group), -1, self._settings.n_permutations).max(axis=1)
            found |= dict(zip(group, f1, strict=True))
        return found


def _significance(f1: float, null: Floats | None) -> dict[str, Any]:  # floats and None
    if null is None:
        return {"f1_position": None, "p_value": None}
    return {"f1_position": float(null.mean()), "p_value": p_value(f1, null)}


def _chance(held_out: HeldOut, concept: int, draws: Draws) -> tuple[float, Floats]:
    """Prevalence of a concept, and the same on each sample: what a silent feature achieves."""
    carried = held_out.residues_of(held_out.instances(concept))
    samples = ratio(draws.totals(carried), draws.totals(held_out.lengths))
    return float(carried.sum() / max(1, held_out.traces.n_rows)), samples


def _with_q_values(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Best pairs answer one question, once for each concept; the others must not dilute it."""
    q = np.full(len(pairs), np.nan)
    p = np.array([np.nan if pair.p_value is None else pair.p_value for pair in pairs])
    is_best = np.array([pair.best_by_average_precision for pair in pairs], dtype=np.bool_)
    for family in (is_best & ~np.isnan(p), ~is_best & ~np.isnan(p)):
        q[family] = q_values(p[family])
    return tuple(
        replace(pair, q_value=None if np.isnan(value) else float(value))
        for pair, value in zip(pairs, q, strict=True)
    )
