import numpy as np
import pytest
from tests.features.concept_cases import (
    THRESHOLDS,
    count_by_hand,
    random_features,
    random_table,
    table,
)

from interplm.features.scoring.selection import Pair, best_threshold, scores_of, select_pairs


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(1)
    concepts = random_table(rng, n_proteins=5, n_concepts=3, n_spans=12)
    features = random_features(rng, concepts.lengths, d_sae=6)
    return count_by_hand(concepts, features, range(5))


def f1_by_hand(counts, c, f, t, by_domain):
    tp, firing = int(counts.tp[c, f, t]), int(counts.firing[f, t])
    if tp == 0:
        return 0.0
    precision = tp / firing
    recall = tp / counts.n_residues[c]
    if by_domain:
        recall = counts.n_found[c, f, t] / counts.n_domains[c]
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("by_domain", [True, False])
def test_scores_of_a_concept_are_those_by_hand(counts, by_domain):
    found = scores_of(counts, 1, by_domain=by_domain).f1
    for f in range(6):
        for t in range(len(THRESHOLDS)):
            assert found[f, t] == pytest.approx(f1_by_hand(counts, 1, f, t, by_domain))


def test_the_best_pair_of_each_concept_and_all_above_the_floor_are_selected(counts):
    by_domain = np.array([True, False, True])
    floor = 0.4
    found = select_pairs(counts, by_domain=by_domain, f1_floor=floor)
    for c in range(3):
        best_of = [
            max(f1_by_hand(counts, c, f, t, by_domain[c]) for t in range(len(THRESHOLDS)))
            for f in range(6)
        ]
        mine = [pair for pair in found if pair.concept == c]
        assert [pair.feature for pair in mine if pair.is_best] == [int(np.argmax(best_of))]
        assert {pair.feature for pair in mine if not pair.is_best} == {
            f for f in range(6) if best_of[f] >= floor
        } - {int(np.argmax(best_of))}
        for pair in mine:
            assert pair.f1_validation == pytest.approx(best_of[pair.feature])
            at_threshold = f1_by_hand(counts, c, pair.feature, pair.threshold, by_domain[c])
            assert at_threshold == pytest.approx(best_of[pair.feature])


def test_a_concept_that_no_feature_finds_has_no_pair():
    features = [np.float32([[0.9, 0.0], [0.0, 0.0]])]
    counts = count_by_hand(table([2], [(0, 0, 0, 1), (0, 1, 1, 2)]), features, [0])
    found = select_pairs(counts, by_domain=np.array([True, True]), f1_floor=0.0)
    assert {(pair.concept, pair.feature) for pair in found} == {(0, 0)}
    assert found[0].threshold == 0  # all thresholds do as well: the lowest is taken


def test_the_best_threshold_is_chosen_anew_for_the_pair(counts):
    pair = Pair(concept=2, feature=3, threshold=0, is_best=True, f1_validation=0.0)
    f1 = [f1_by_hand(counts, 2, 3, t, True) for t in range(len(THRESHOLDS))]
    assert best_threshold(counts, pair, by_domain=True) == int(np.argmax(f1))
