import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, matthews_corrcoef

from interplm.features.scoring.metrics import (
    MEASURES,
    Detection,
    average_precision,
    average_precision_of_levels,
)


def measures(*, by_domain, n_rows=100, **counts):
    found = Detection(by_domain=by_domain, n_rows=n_rows, **counts)
    return {name: float(getattr(found, name)) for name in MEASURES}


# 8 residues fire, 6 of them within the concept, which has 12 residues in 4 instances, 3 found.
COUNTS = {"tp": 6, "firing": 8, "n_found": 3, "n_residues": 12, "n_domains": 4}


def test_a_domain_concept_takes_recall_over_instances():
    found = measures(by_domain=True, **COUNTS)
    # precision 3/4, recall 3/4; a detector that always fires has 2 · 0.12 / 1.12
    constant = pytest.approx(0.24 / 1.12)
    assert found == {
        "precision": 0.75, "recall_residue": 0.5, "recall": 0.75, "f1": 0.75,
        "f1_residue": pytest.approx(0.6), "f1_constant": constant,
        "f1_corrected": pytest.approx((0.75 - 0.24 / 1.12) / (1 - 0.24 / 1.12)),
        "matthews": pytest.approx((6 * 86 - 2 * 6) / np.sqrt(8 * 92 * 12 * 88)),
    }  # fmt: skip


def test_a_residue_concept_takes_recall_over_residues():
    found = measures(by_domain=False, **COUNTS)
    assert found["f1"] == found["f1_residue"] == pytest.approx(0.6)  # 2 · 3/4 · 1/2 / (5/4)
    assert found["recall"] == 0.5


def test_a_silent_feature_and_an_absent_concept_score_zero_and_not_nan():
    nothing = dict.fromkeys(COUNTS, 0)
    assert set(measures(by_domain=True, **nothing).values()) == {0.0}
    silent = measures(by_domain=False, **COUNTS | {"tp": 0, "firing": 0, "n_found": 0})
    assert silent["f1"] == silent["matthews"] == 0.0
    assert silent["f1_corrected"] < 0


def test_a_detector_that_always_fires_is_corrected_to_nothing():
    always = measures(
        by_domain=True, n_rows=100, tp=23, firing=100, n_found=5, n_residues=23, n_domains=5
    )
    assert always["f1"] == always["f1_constant"] == pytest.approx(0.46 / 1.23)
    assert always["f1_corrected"] == pytest.approx(0)
    assert always["matthews"] == 0


def test_a_perfect_detector_is_one_by_every_measure():
    perfect = measures(
        by_domain=True, n_rows=100, tp=23, firing=23, n_found=5, n_residues=23, n_domains=5
    )
    assert {name for name, value in perfect.items() if value == pytest.approx(1)} == set(
        MEASURES
    ) - {"f1_constant"}


@pytest.mark.parametrize("seed", range(5))
def test_measures_over_residues_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    label, fires = rng.random((2, 500)) < np.array([[0.3], [0.4]])
    found = measures(
        by_domain=False, n_rows=500, tp=(label & fires).sum(), firing=fires.sum(), n_found=0,
        n_residues=label.sum(), n_domains=0,
    )  # fmt: skip
    assert found["f1"] == pytest.approx(f1_score(label, fires))
    assert found["matthews"] == pytest.approx(matthews_corrcoef(label, fires))
    assert found["f1_constant"] == pytest.approx(f1_score(label, np.ones(500, bool)))


def test_counts_of_a_proteome_do_not_overflow():
    counts = {"tp": 10**9, "firing": 2 * 10**9, "n_residues": 2 * 10**9, "n_found": 1}
    found = measures(by_domain=False, n_rows=2 * 10**10, n_domains=1, **counts)
    assert found["matthews"] == pytest.approx(4 / 9)


def test_counts_broadcast():
    found = Detection(
        tp=np.ones((2, 3)), firing=np.full(3, 2), n_found=1, n_residues=4, n_domains=2, n_rows=9,
        by_domain=np.array([[True], [False]]),
    )  # fmt: skip
    assert found.f1.shape == (2, 3)
    assert found.f1[:, 0] == pytest.approx([0.5, 1 / 3])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 10, 1000]))
def test_average_precision_is_that_of_scikit_learn_with_ties_and_silent_residues(seed, n_values):
    rng = np.random.default_rng(seed)
    score = rng.integers(0, n_values, size=60) / n_values
    label = rng.random(60) < 0.3
    label[0] = True
    found = average_precision(
        score[score > 0], label[score > 0], n_positive=int(label.sum()), n=len(label)
    )
    assert found == pytest.approx(average_precision_score(label, score))


def test_average_precision_without_any_firing_residue_is_the_share_of_positives():
    assert average_precision(np.zeros(0), np.zeros(0, bool), n_positive=3, n=12) == 0.25


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_average_precision_of_levels_is_that_of_scores_rounded_to_them(seed):
    rng = np.random.default_rng(seed)
    levels = np.array([0.0, 0.2, 0.5, 0.9])
    scores = rng.random((80, 3)) * (rng.random((80, 3)) < 0.7)
    labels = rng.random((80, 2)) < 0.3
    labels[0] = True
    above = scores[None] > levels[:, None, None]  # [n_levels, n, d]
    firing = above.sum(axis=1)
    for concept in range(2):
        tp = (above & labels[:, concept][None, :, None]).sum(axis=1)
        found = average_precision_of_levels(tp, firing, n_positive=labels[:, concept].sum(), n=80)
        rounded = above.sum(axis=0)
        expected = [
            average_precision_score(labels[:, concept], rounded[:, feature]) for feature in range(3)
        ]
        np.testing.assert_allclose(found, expected)


def test_average_precision_of_an_absent_concept_is_zero():
    nothing = np.zeros((2, 3))
    assert average_precision_of_levels(nothing, nothing, n_positive=0, n=9).tolist() == [0, 0, 0]
