"""BioNeMo: the best feature of a concept was chosen on the proteins on which it is reported."""

import numpy as np
from tests.known_faults.planted_features import scores

# Feature 0 finds the concept of the validation protein, feature 1 that of the test protein.
FEATURES = [
    np.float32([[1, 0]] * 3 + [[0, 1]] * 3),
    np.float32([[0, 1]] * 3 + [[1, 0]] * 3),
]
SPANS = [(0, 0, 0, 3), (1, 0, 0, 3)]


def test_the_feature_of_a_concept_is_that_of_the_validation_proteins(tmp_path):
    found = scores(tmp_path, FEATURES, SPANS)
    (best,) = [pair for pair in found.measured.pairs if pair.best_by_f1]
    assert (best.feature, best.f1_validation, best.f1) == (0, 1.0, 0.0)


def test_no_other_pair_is_added_for_its_test_score(tmp_path):
    assert {pair.feature for pair in scores(tmp_path, FEATURES, SPANS).measured.pairs} == {0}
