"""Original InterPLM: thresholds, fractions of a maximum, were compared with raw features."""

import numpy as np
import pytest
from tests.features.concept_cases import assert_equal_counts
from tests.known_faults.planted_features import scores

RNG = np.random.default_rng(0)
FEATURES = [RNG.random((12, 2)).astype(np.float32) for _ in range(4)]
SPANS = [(protein, 0, 2, 7) for protein in range(4)]
UNITS = np.float32([64, 1 / 64])


def test_counts_do_not_depend_on_the_units_of_a_feature(tmp_path):
    one = scores(tmp_path / "one", FEATURES, SPANS, n_validation=2)
    other = scores(tmp_path / "other", [rows * UNITS for rows in FEATURES], SPANS, n_validation=2)
    assert 0 < one.test.firing[:, -1].min() < one.test.firing[:, 0].max()
    for split in ("validation", "test"):
        assert_equal_counts(getattr(other, split), getattr(one, split))
    assert other.measured.pairs == one.measured.pairs


def test_what_is_counted_and_handed_on_are_fractions_of_the_maximum(tmp_path):
    values = {0: [], 1: []}

    def look(block):
        for feature, seen in values.items():
            seen.extend(block.value[block.feature == feature])

    scores(tmp_path, [rows * UNITS for rows in FEATURES], SPANS, n_validation=2, on_block=look)
    assert [max(seen) for seen in values.values()] == pytest.approx([1.0, 1.0])
