import numpy as np
from tests.features.sparse_blocks import random_features, split_blocks

from interplm.features.profile.statistics import N_BINS, StatisticsAccumulator

LENGTHS = [4, 1, 7, 2, 9, 1]


def accumulated(blocks, d_sae):
    accumulator = StatisticsAccumulator(d_sae=d_sae)
    for block in blocks:
        accumulator.add(block)
    return accumulator


def test_statistics_are_those_of_a_loop_over_residues():
    dense = random_features(np.random.default_rng(1), LENGTHS, 6)
    found = accumulated(split_blocks(dense, LENGTHS, [2, 3, 1]), 6).compute()
    assert found.n_residues == 24
    for feature, column in enumerate(dense.T):
        active = [float(value) for value in column if value > 0]
        assert found.n_active[feature] == len(active)
        assert found.density[feature] == len(active) / 24
        mean = sum(active) / len(active) if active else 0.0
        assert np.isclose(found.mean_activation[feature], mean)
        assert found.histogram[feature].sum() == len(active)


def test_a_bin_holds_its_upper_edge_and_the_last_one_the_maximum():
    dense = np.array([[1e-9, 0.02], [0.5, 0.51], [1.0, 1.0]], np.float32)
    histogram = accumulated(split_blocks(dense, [3], [1]), 2).compute().histogram
    assert np.flatnonzero(histogram[0]).tolist() == [0, 24, N_BINS - 1]
    assert np.flatnonzero(histogram[1]).tolist() == [0, 25, N_BINS - 1]


def test_statistics_of_shards_add_up():
    dense = random_features(np.random.default_rng(2), LENGTHS, 6)
    blocks = split_blocks(dense, LENGTHS, [2, 3, 1])
    one, other = accumulated(blocks[:1], 6), accumulated(blocks[1:], 6)
    one.merge(other)
    whole, merged = accumulated(blocks, 6).compute(), one.compute()
    for name in ("n_residues", "n_active", "density", "mean_activation", "histogram"):
        assert np.allclose(getattr(merged, name), getattr(whole, name)), name
