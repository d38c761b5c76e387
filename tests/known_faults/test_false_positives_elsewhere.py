"""BioNeMo: proteins without a concept were skipped, and with them all false positives there."""

import pytest
from tests.known_faults.planted_features import scores

# Two residues of the concept and two others; then a protein without the concept. Feature 0 fires
# on the concept and nowhere else; feature 1 on the concept and all over the second protein.
CARRIER = [[1.0, 1.0]] * 2 + [[0.0, 0.0]] * 2
ELSEWHERE = [[0.0, 1.0]] * 6


def test_what_fires_on_proteins_without_the_concept_costs_precision(tmp_path):
    features = [[row[1:] for row in rows] for rows in (CARRIER, CARRIER, ELSEWHERE)]
    (pair,) = scores(tmp_path, features, [(0, 0, 0, 2), (1, 0, 0, 2)]).measured.pairs
    assert (pair.f1_validation, pair.precision, pair.recall) == (1.0, 2 / 8, 1.0)
    assert pair.f1 == pytest.approx(0.4)
    assert pair.average_precision == pytest.approx(2 / 8)


def test_it_costs_the_choice_too(tmp_path):
    features = [[row[::-1] for row in rows] for rows in (CARRIER, ELSEWHERE, CARRIER)]
    found = scores(tmp_path, features, [(0, 0, 0, 2), (2, 0, 0, 2)], n_validation=2)
    (best,) = [pair for pair in found.measured.pairs if pair.best_by_f1]
    assert (best.feature, best.f1_validation) == (1, 1.0)
