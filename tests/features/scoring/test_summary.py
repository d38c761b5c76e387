import numpy as np
import pytest
from tests.features.concept_cases import table
from tests.features.scoring.test_scorer import IN_VALIDATION, N, scorer, stored  # noqa: F401

from interplm.features.encoding.baselines import Neurons
from interplm.features.scoring.measurement import Measured
from interplm.features.scoring.summary import best_baseline, differences, summarised


def measured(points, samples):
    return Measured(
        pairs=(), average_precision=np.array(points, float),
        replicates=np.array(samples, np.float32),
    )  # fmt: skip


SAE = measured([0.9, 0.5, 0.2, 0.4], [[0.9, 0.7], [0.5, 0.5], [0.2, 0.4], [0.4, 0.4]])
ONE = measured([0.5, 0.6, 0.1, 0.9], [[0.5, 0.3], [0.6, 0.6], [0.1, 0.1], [0.9, 0.9]])
TWO = measured([0.3, 0.4, 0.3, 0.9], [[0.3, 0.3], [0.4, 0.4], [0.3, 0.3], [0.9, 0.9]])
PROBE = measured([1.0, 1.0, 1.0, 1.0], np.ones((4, 2)))
CONCEPTS = np.array([True, True, True, False])


def compared(**others):
    found = differences({"sae": SAE} | others, CONCEPTS, confidence=0.9, seed=0)
    return {row.baseline: row for row in found}


def test_differences_are_paired_over_concepts_and_over_the_draws_of_clusters():
    row = compared(neurons=ONE)["neurons"]
    assert row.difference == pytest.approx((0.4 - 0.1 + 0.1) / 3)
    assert (row.n_concepts, row.n_ahead, row.n_behind) == (3, 2, 1)
    # On the two samples of clusters the mean differences are 0.4/3 and 0.6/3.
    low, high = np.quantile([0.4 / 3, 0.6 / 3], [0.05, 0.95])
    assert (row.clusters_low, row.clusters_high) == pytest.approx((low, high), abs=1e-6)


def test_the_interval_over_concepts_is_that_of_drawing_them_anew():
    rng = np.random.default_rng(3)
    points = rng.normal(0.2, 0.3, size=(2, 40))
    both = [measured(p, np.repeat(p[:, None], 4000, axis=1)) for p in points]
    (row,) = differences(
        {"sae": both[0], "pca": both[1]}, np.ones(40, bool), confidence=0.95, seed=0
    )
    gap = points[0] - points[1]
    half = 1.96 * gap.std() / np.sqrt(40)
    assert row.concepts_low == pytest.approx(gap.mean() - half, abs=0.02)
    assert row.concepts_high == pytest.approx(gap.mean() + half, abs=0.02)


def test_the_seeds_of_a_baseline_are_compared_one_by_one_and_as_their_mean():
    rows = compared(random_sae_seed0=ONE, random_sae_seed1=TWO)
    assert set(rows) == {"random_sae_seed0", "random_sae_seed1", "random_sae"}
    assert rows["random_sae"].difference == pytest.approx(
        (rows["random_sae_seed0"].difference + rows["random_sae_seed1"].difference) / 2
    )
    # On the second concept the mean of the seeds is as good as the SAE.
    assert (rows["random_sae"].n_ahead, rows["random_sae"].n_behind) == (1, 0)


def test_a_probe_is_no_baseline_to_be_ahead_of():
    assert set(compared(linear_probe=PROBE, pca=ONE)) == {"pca"}
    assert best_baseline({"sae": SAE, "linear_probe": PROBE}) is None


def test_the_best_baseline_is_found_concept_by_concept_after_averaging_seeds():
    found = best_baseline(
        {"sae": SAE, "neurons": measured([0.35, 0.55, 0.0, 0.0], np.zeros((4, 2))),
         "random_sae_seed0": ONE, "random_sae_seed1": TWO, "linear_probe": PROBE}
    )  # fmt: skip
    assert found.tolist() == pytest.approx([0.4, 0.55, 0.2, 0.9])


@pytest.fixture(scope="module")
def scored(stored):  # noqa: F811
    shards, rows = stored
    rng = np.random.default_rng(1)
    spans = [
        (protein, number, int(r), int(r) + 1)
        for protein, x in enumerate(rows)
        for number, fires in enumerate((x[:, 0] > 1.2, x[:, 1] < -1.2))
        for r in np.flatnonzero(fires)
    ]
    spans += [(p, 2, int(rng.integers(10)), 15) for p in range(N)]
    concepts = table([len(x) for x in rows], spans, kinds=["residue", "residue", "domain"])
    made = scorer(n_controls=2)
    benchmark = made.benchmark(
        concepts, shards, in_validation=IN_VALIDATION, in_test=~IN_VALIDATION, cluster=np.arange(N)
    )
    return made.score("neurons", Neurons(d_in=4), shards, benchmark, device="cpu"), benchmark


def test_a_summary_is_what_the_pairs_say(scored):
    found, benchmark = scored
    row = summarised(found, benchmark, confidence=0.9)
    own = [p for p in found.measured.pairs if not p.concept.startswith("Control")]
    by_ap = [p for p in own if p.best_by_average_precision]
    by_f1 = [p for p in own if p.best_by_f1]
    assert row.mean_average_precision == pytest.approx(
        np.mean([p.average_precision for p in by_ap])
    )
    assert row.mean_average_precision_low <= row.mean_average_precision
    assert row.n_covered == sum(p.f1 > 0.5 for p in by_f1)
    assert row.n_covered_corrected == sum(p.f1_corrected > 0.5 for p in by_f1)
    assert row.n_covered_residue == sum(p.f1_residue > 0.5 for p in own if p.best_by_f1_residue)
    assert row.mean_f1 == pytest.approx(np.mean([p.f1 for p in by_f1]))
    assert row.mean_chance == pytest.approx(found.test.prevalence[:3].mean())
    assert (row.n_concepts, row.n_controls, row.n_controls_covered) == (3, 2, 0)
    assert row.controls_mean_average_precision == pytest.approx(row.controls_mean_chance, abs=0.05)
    assert (row.n_features, row.n_silent, row.l0) == (8, 0, pytest.approx(4.0))


def test_features_with_a_concept_are_those_good_on_both_sides_for_one_pair(scored):
    found, benchmark = scored
    row = summarised(found, benchmark, confidence=0.9)
    expected = set()
    for c in range(3):
        for f in range(8):
            val, test = (
                counts.detection((np.full(5, c), np.full(5, f), np.arange(5)),
                                 by_domain=benchmark.by_domain[c]).f1
                for counts in (found.validation, found.test)
            )  # fmt: skip
            if val.max() >= 0.5 and test[int(val.argmax())] > 0.5:
                expected.add(f)
    assert row.n_features_with_concept == len(expected) > 0
