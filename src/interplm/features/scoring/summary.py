"""How far a representation explains the concepts, and how far the SAE is ahead of it."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from interplm.features.database.records import Difference, Pair, RepresentationSummary
from interplm.features.encoding.names import SAE, baseline_of, is_baseline
from interplm.features.evidence import F1_FLOOR
from interplm.features.scoring.benchmark import Benchmark
from interplm.features.scoring.bootstrap import interval
from interplm.features.scoring.measurement import Measured
from interplm.features.scoring.metrics import Floats
from interplm.features.scoring.scorer import ScoredRepresentation


def summarised(
    scored: ScoredRepresentation, benchmark: Benchmark, *, confidence: float
) -> RepresentationSummary:
    """The figures of one representation; 0 where there is no annotation to take a mean over."""
    measured, chance = scored.measured, scored.test.prevalence
    concepts, controls, acids = (
        benchmark.role(name) for name in ("annotation", "control", "amino_acid")
    )
    means = measured.replicates[concepts].mean(axis=0) if concepts.any() else np.zeros(1)
    low, high = interval(means.astype(np.float64), confidence=confidence)
    f1 = _of_best(measured.pairs, benchmark, "f1", "best_by_f1")
    corrected = _of_best(measured.pairs, benchmark, "f1_corrected", "best_by_f1")
    residue = _of_best(measured.pairs, benchmark, "f1_residue", "best_by_f1_residue")
    return RepresentationSummary(
        representation=scored.name,
        baseline=baseline_of(scored.name),
        n_features=len(scored.maxima),
        n_silent=int((scored.maxima <= 0).sum()),
        l0=scored.l0,
        n_concepts=int(concepts.sum()),
        mean_average_precision=_mean(measured.average_precision[concepts]) or 0.0,
        mean_average_precision_low=low,
        mean_average_precision_high=high,
        mean_chance=_mean(chance[concepts]) or 0.0,
        n_covered=int((f1[concepts] > F1_FLOOR).sum()),
        n_covered_corrected=int((corrected[concepts] > F1_FLOOR).sum()),
        n_covered_residue=int((residue[concepts] > F1_FLOOR).sum()),
        mean_f1=_mean(f1[concepts]) or 0.0,
        n_features_with_concept=_features_with_concept(scored, benchmark, concepts),
        n_controls=int(controls.sum()),
        n_controls_covered=int((corrected[controls] > F1_FLOOR).sum()),
        controls_mean_average_precision=_mean(measured.average_precision[controls]),
        controls_mean_chance=_mean(chance[controls]),
        n_amino_acids=int(acids.sum()),
        n_amino_acids_covered=int((f1[acids] > F1_FLOOR).sum()),
    )


def differences(
    measured: Mapping[str, Measured], concepts: NDArray[np.bool_], *, confidence: float, seed: int
) -> list[Difference]:
    """The SAE less each baseline, and less the mean over the seeds of one, concept by concept.

    Args:
        measured: by representation, on the same draws of clusters.
        concepts: mask of those to compare, [n_concepts].
        confidence: of the intervals.
        seed: of the draws of concepts.
    """
    if not concepts.any():
        return []
    names = [name for name in measured if is_baseline(name)]
    groups = {name: [name] for name in names}
    for name in names:
        groups.setdefault(baseline_of(name), []).append(name)
    sae = measured[SAE]
    found = []
    for baseline, members in groups.items():
        points = np.mean([measured[name].average_precision for name in members], axis=0)
        samples = np.mean([measured[name].replicates for name in members], axis=0)
        found.append(
            _difference(
                baseline,
                (sae.average_precision - points)[concepts],
                (sae.replicates - samples)[concepts].mean(axis=0),
                confidence=confidence,
                rng=np.random.default_rng(seed),
            )
        )
    return found


def best_baseline(measured: Mapping[str, Measured]) -> Floats | None:
    """Highest average precision that a baseline has for each concept, the mean over its seeds.

    [n_concepts]; None without a baseline.
    """
    groups: dict[str, list[Floats]] = {}
    for name, found in measured.items():
        if is_baseline(name):
            groups.setdefault(baseline_of(name), []).append(found.average_precision)
    if not groups:
        return None
    best: Floats = np.max([np.mean(members, axis=0) for members in groups.values()], axis=0)
    return best


def _difference(
    baseline: str,
    points: Floats,
    samples: NDArray[np.floating],
    *,
    confidence: float,
    rng: np.random.Generator,
) -> Difference:
    """From the difference of each concept, and the mean one on each sample of clusters."""
    drawn = rng.integers(len(points), size=(len(samples), len(points)))
    over_concepts = interval(points[drawn].mean(axis=1), confidence=confidence)
    over_clusters = interval(samples.astype(np.float64), confidence=confidence)
    return Difference(
        baseline=baseline,
        n_concepts=len(points),
        n_ahead=int((points > 0).sum()),
        n_behind=int((points < 0).sum()),
        difference=float(points.mean()),
        concepts_low=over_concepts[0],
        concepts_high=over_concepts[1],
        clusters_low=over_clusters[0],
        clusters_high=over_clusters[1],
    )


def _of_best(pairs: Sequence[Pair], benchmark: Benchmark, measure: str, best_by: str) -> Floats:
    """A measure of each concept's best pair, 0 without one, [n_concepts]."""
    best = {pair.concept: getattr(pair, measure) for pair in pairs if getattr(pair, best_by)}
    return np.array([best.get(concept.name, 0.0) for concept in benchmark.table.concepts])


def _features_with_concept(
    scored: ScoredRepresentation, benchmark: Benchmark, concepts: NDArray[np.bool_]
) -> int:
    """Features with F1 above the floor for some concept on validation and on test proteins."""
    scores = scored.validation_scores
    concept, feature = np.nonzero((scores.f1 >= F1_FLOOR) & concepts[:, None])
    place = (concept, feature, scores.threshold[concept, feature].astype(np.int64))
    f1 = scored.test.detection(place, by_domain=benchmark.by_domain[concept]).f1
    return len(np.unique(feature[f1 > F1_FLOOR]))


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None
