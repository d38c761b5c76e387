import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.concept_cases import (
    THRESHOLDS,
    assert_equal_counts,
    block,
    count_by_hand,
    random_features,
    random_table,
    table,
)

from interplm.features.scoring import counting
from interplm.features.scoring.counting import ConceptCounter


def count(concepts, features, parts, d_sae=None):
    """The counts of blocks given by their proteins."""
    counter = ConceptCounter(
        table=concepts, d_sae=d_sae or features[0].shape[1], thresholds=THRESHOLDS
    )
    for proteins in parts:
        counter.add(block(features, proteins))
    return counter.counts()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.3, 0.9]))
def test_every_count_is_that_of_a_loop_over_residues(seed, density):
    rng = np.random.default_rng(seed)
    concepts = random_table(rng)
    features = random_features(rng, concepts.lengths, density=density)
    everyone = range(len(features))
    found = count(concepts, features, [everyone])
    assert_equal_counts(found, count_by_hand(concepts, features, everyone))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_blocks_may_be_cut_and_merged_in_any_way(seed):
    rng = np.random.default_rng(seed)
    concepts = random_table(rng)
    features = random_features(rng, concepts.lengths)
    order = rng.permutation(len(features))
    whole = count(concepts, features, [range(len(features))])
    cuts = np.sort(rng.choice(np.arange(1, len(order)), size=3, replace=False))
    parts = np.split(order, cuts)
    assert_equal_counts(count(concepts, features, parts), whole)
    halves = [count(concepts, features, part) for part in (parts[:2], parts[2:])]
    assert_equal_counts(halves[1] + halves[0], whole)


ADVERSARIAL = {
    "overlapping": [(0, 0, 1, 5), (0, 0, 3, 8)],
    "equal": [(0, 0, 2, 4), (0, 0, 2, 4)],
    "nested": [(0, 0, 0, 9), (0, 0, 3, 4), (0, 0, 5, 9)],
    "adjacent": [(0, 0, 0, 4), (0, 0, 4, 8)],
    "at both ends": [(0, 0, 0, 1), (0, 0, 9, 10), (1, 0, 0, 1)],
    "a disulfide bond within a domain": [(0, 0, 2, 8), (0, 0, 1, 9, True), (0, 0, 2, 8, True)],
    "bonds that share an end": [(0, 0, 1, 5, True), (0, 0, 4, 9, True)],
    "a bond of neighbours, and of one residue": [(0, 0, 3, 5, True), (0, 0, 6, 7, True)],
    "the end of one protein and the start of the next": [(0, 0, 8, 10), (1, 0, 0, 1), (2, 0, 0, 2)],
    "absent": [(3, 0, 0, 2)],
}


@pytest.mark.parametrize("case", ADVERSARIAL)
def test_adversarial_instances_are_counted_right(case):
    lengths = [10, 1, 6, 4]
    concepts = table(lengths, ADVERSARIAL[case])
    features = random_features(np.random.default_rng(3), lengths, density=0.4)
    found = count(concepts, features, [[0, 1, 2]])
    assert_equal_counts(found, count_by_hand(concepts, features, [0, 1, 2]))


@pytest.mark.parametrize(("name", "limit"), [("_GROUP_INSTANCES", 2), ("_GROUP_ENTRIES", 7)])
def test_counts_do_not_depend_on_how_instances_are_grouped(monkeypatch, name, limit):
    rng = np.random.default_rng(5)
    concepts = random_table(rng, n_spans=120)
    features = random_features(rng, concepts.lengths)
    monkeypatch.setattr(counting, name, limit)
    found = count(concepts, features, [range(len(features))])
    assert_equal_counts(found, count_by_hand(concepts, features, range(len(features))))


def test_a_value_on_a_threshold_is_not_above_it():
    features = [np.float32([[0.0], [0.15], [0.5], [0.6], [0.8], [0.81]])]
    found = count(table([6], [(0, 0, 0, 6)]), features, [[0]])
    np.testing.assert_array_equal(found.tp, [[[5, 4, 3, 2, 1]]])
    np.testing.assert_array_equal(found.n_found, [[[1, 1, 1, 1, 1]]])


def test_false_positives_come_from_proteins_without_the_concept_too():
    features = [np.float32([[1], [0]]), np.float32([[1], [1], [1]])]
    found = count(table([2, 3], [(0, 0, 0, 1)]), features, [[0], [1]])
    assert found.tp[0, 0].tolist() == [1] * 5
    assert (found.firing[0] - found.tp[0, 0]).tolist() == [3] * 5


def test_concepts_and_proteins_without_instances_count_nothing():
    features = random_features(np.random.default_rng(0), [4, 4])
    concepts = table([4, 4], [], n_concepts=2)
    found = count(concepts, features, [[0], [1]])
    assert not found.tp.any()
    assert not found.n_domains.any()
    assert found.firing[1].tolist() == [8] * 5


def test_a_representation_too_dense_for_int32_ranks_is_counted_in_int64(monkeypatch):
    rng = np.random.default_rng(8)
    concepts = random_table(rng)
    features = random_features(rng, concepts.lengths)
    monkeypatch.setattr(counting, "_LARGEST_RANK", 3)
    found = count(concepts, features, [range(len(features))])
    assert_equal_counts(found, count_by_hand(concepts, features, range(len(features))))


@pytest.mark.parametrize("thresholds", [[], [-0.1, 0.5], [0.5, 0.5], [0.6, 0.5]])
def test_thresholds_that_do_not_ascend_are_refused(thresholds):
    with pytest.raises(ValueError, match="thresholds must ascend from 0 or more"):
        ConceptCounter(table=table([1], [], n_concepts=1), d_sae=1, thresholds=thresholds)
