import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score

from interplm.features.scoring.metrics import average_precision, detection_metrics


def scores(*, by_domain, **counts):
    found = detection_metrics(by_domain=by_domain, **counts)
    return {name: float(getattr(found, name)) for name in found.__slots__}


# 8 residues fire, 6 of them within the concept, which has 12 residues in 4 instances, 3 found.
COUNTS = {"tp": 6, "firing": 8, "n_found": 3, "n_residues": 12, "n_domains": 4}


def test_a_domain_concept_takes_recall_over_instances():
    found = scores(by_domain=True, **COUNTS)
    # precision 3/4, recall 3/4
    assert found == {
        "precision": 0.75, "recall": 0.5, "recall_domain": 0.75,
        "f1": 0.75, "f1_residue": pytest.approx(0.6),
    }  # fmt: skip


def test_a_residue_concept_takes_recall_over_residues():
    assert scores(by_domain=False, **COUNTS)["f1"] == pytest.approx(0.6)  # 2 · 3/4 · 1/2 / (5/4)


def test_a_silent_feature_and_an_absent_concept_score_zero_and_not_nan():
    nothing = dict.fromkeys(COUNTS, 0)
    assert set(scores(by_domain=True, **nothing).values()) == {0.0}
    silent = COUNTS | {"tp": 0, "firing": 0, "n_found": 0}
    assert set(scores(by_domain=False, **silent).values()) == {0.0}


def test_residue_f1_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    label, fires = rng.random((2, 500)) < np.array([[0.3], [0.4]])
    found = scores(
        by_domain=False, tp=(label & fires).sum(), firing=fires.sum(), n_found=0,
        n_residues=label.sum(), n_domains=0,
    )  # fmt: skip
    assert found["f1"] == pytest.approx(f1_score(label, fires))


def test_counts_broadcast():
    found = detection_metrics(
        tp=np.ones((2, 3)), firing=np.full(3, 2), n_found=1, n_residues=4, n_domains=2,
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
