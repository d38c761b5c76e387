"""Original InterPLM: thresholds were chosen anew on the test proteins that they are scored on."""

import pytest
from tests.known_faults.planted_features import scores

# Four residues of the concept, then six others. On the validation protein only a threshold of 0.6
# tells them apart, which on the test protein finds nothing: there a lower one would be perfect.
FEATURES = [[[1.0]] * 4 + [[0.55]] * 6, [[0.55]] * 4 + [[0.0]] * 6]
SPANS = [(0, 0, 0, 4), (1, 0, 0, 4)]


def test_a_pair_is_scored_at_its_validation_threshold_though_another_would_do_better(tmp_path):
    (pair,) = scores(tmp_path, FEATURES, SPANS).measured.pairs
    assert (pair.threshold, pair.f1_validation, pair.f1) == (0.6, 1.0, 0.0)


def test_only_the_protocol_named_after_the_original_chooses_it_again(tmp_path):
    (pair,) = scores(tmp_path, FEATURES, SPANS, protocol="original").measured.pairs
    assert (pair.threshold, pair.f1) == (0.0, pytest.approx(1.0))
