import numpy as np
from tests.features.concept_cases import block, random_features

from interplm.features.encoding.traces import TraceCollector

LENGTHS = [3, 1, 6, 4]


def test_traces_are_those_of_the_dense_features():
    features = random_features(np.random.default_rng(0), LENGTHS)
    collector = TraceCollector([7, 2, 0], d_sae=9)
    parts = [[2, 0], [3], [1]]
    for proteins in parts:
        collector.add(block(features, proteins))
    found = collector.traces()
    order = [2, 0, 3, 1]
    dense = np.concatenate([features[p] for p in order])
    assert found.features.tolist() == [0, 2, 7]
    assert found.proteins.tolist() == order
    assert found.n_rows == len(dense) == 14
    for feature in (0, 2, 7):
        row, value = found.trace(feature)
        np.testing.assert_array_equal(row, np.flatnonzero(dense[:, feature]))
        np.testing.assert_array_equal(value, dense[row, feature])
    assert found.protein_of(np.array([0, 5, 6, 8, 9, 13])).tolist() == [0, 0, 1, 1, 2, 3]


def test_without_features_or_blocks_the_traces_are_empty():
    assert TraceCollector([], d_sae=4).traces().n_rows == 0
    collector = TraceCollector([], d_sae=9)
    collector.add(block(random_features(np.random.default_rng(0), LENGTHS)))
    assert collector.traces().n_rows == 14
    assert all(len(piece.row) == 0 for piece in collector.traces().pieces)
