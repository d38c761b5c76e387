import numpy as np
import pytest
from tests.features.sparse_blocks import by_protein, random_features, runs

from interplm.features.profile.firing import ProteinRuns, ranks_within

LENGTHS = [5, 1, 9, 3, 1]


@pytest.fixture
def dense():
    return random_features(np.random.default_rng(0), LENGTHS, 7)


def test_each_feature_and_protein_has_one_run_with_its_residues(dense):
    found = runs(dense, LENGTHS)
    expected = [
        (feature, protein, np.flatnonzero(rows[:, feature]), rows[rows[:, feature] > 0, feature])
        for feature in range(dense.shape[1])
        for protein, rows in enumerate(by_protein(dense, LENGTHS))
        if rows[:, feature].any()
    ]
    assert len(found) == len(expected)
    for index, (feature, protein, positions, activations) in enumerate(expected):
        entries = slice(found.offsets[index], found.offsets[index + 1])
        assert (found.feature[index], found.protein[index]) == (feature, protein)
        assert np.array_equal(found.positions[entries], positions)
        assert np.array_equal(found.activations[entries], activations)
        assert found.maximum[index] == activations.max()
        assert found.peaks()[index] == positions[activations.argmax()]


def test_runs_are_taken_in_any_order_and_joined_again(dense):
    found = runs(dense, LENGTHS)
    backwards = found.take(np.arange(len(found))[::-1])
    assert np.array_equal(backwards.maximum, found.maximum[::-1])
    joined = ProteinRuns.concatenated(
        [found.take(found.feature < 3), found.take(found.feature > 2)]
    )
    for name in ("feature", "protein", "offsets", "positions", "activations"):
        assert np.array_equal(getattr(joined, name), getattr(found, name)), name


def test_features_that_fire_nowhere_have_no_runs():
    found = runs(np.zeros((4, 3), np.float32), [3, 1])
    assert len(found) == 0
    assert len(found.maximum) == len(found.peaks()) == 0


def test_ranks_start_anew_in_each_group_and_ties_keep_their_order():
    groups = np.array([1, 0, 1, 1, 0])
    assert ranks_within(groups, np.array([5, 2, 3, 5, 1])).tolist() == [1, 1, 0, 2, 0]
    assert ranks_within(groups, np.zeros(5), -np.arange(5)).tolist() == [2, 1, 1, 0, 0]
    assert ranks_within(groups[:0], groups[:0]).tolist() == []
