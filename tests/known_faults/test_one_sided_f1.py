"""Original InterPLM: the one F1 joins precision over residues with recall over domains."""

import pytest
from tests.known_faults.planted_features import scores

# A domain of ten residues, on the first of which alone the feature fires, and ten other residues.
FEATURES = [[[1.0]] + [[0.0]] * 19] * 2
SPANS = [(0, 0, 0, 10), (1, 0, 0, 10)]


def test_beside_it_stand_the_f1_over_residues_and_the_average_precision(tmp_path):
    (pair,) = scores(tmp_path, FEATURES, SPANS, kind="domain").measured.pairs
    assert (pair.precision, pair.recall, pair.f1) == (1.0, 1.0, 1.0)
    assert pair.f1_residue == pytest.approx(2 * 0.1 / 1.1)
    assert pair.average_precision == pytest.approx(0.1 * 1 + 0.9 * 10 / 20)


def test_where_residues_are_what_counts_both_are_one(tmp_path):
    (pair,) = scores(tmp_path, FEATURES, SPANS, kind="residue").measured.pairs
    assert pair.f1 == pair.f1_residue == pytest.approx(2 * 0.1 / 1.1)
