import numpy as np
import pytest
from tests.features.sparse_blocks import runs

from interplm.features.profile.patterns import classify_patterns

LENGTH = 400


def protein(*stretches, length=LENGTH):
    """Activations of one protein; a stretch is (start, length, activation)."""
    column = np.zeros(length, np.float32)
    for start, n, activation in stretches:
        column[start : start + n] = activation
    return column


def pattern(*proteins):
    lengths = [len(column) for column in proteins]
    dense = np.concatenate(proteins)[:, None]
    found = classify_patterns(
        runs(dense, lengths), np.array(lengths), n_active=np.array([(dense > 0).sum()])
    )
    return found[0]


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([(50, 1, 1.0), (90, 3, 0.2)], "point"),
        ([(50, 8, 0.9)], "motif"),
        ([(50, 49, 0.9)], "motif"),
        ([(50, 50, 0.9)], "domain"),
        ([(50, 299, 0.9)], "domain"),
        ([(50, 310, 0.9)], "other"),
        ([(0, 399, 0.9)], "whole"),
        ([(7 * n, 2, 0.9) for n in range(12)], "periodic"),
        # One more stretch than ten is needed, so this is as frequent as a motif.
        ([(7 * n, 2, 0.9) for n in range(10)], "motif"),
        # Irregular distances are no period.
        ([(n * n, 2, 0.9) for n in range(2, 15)], "motif"),
        # One strong stretch among many weak ones is no motif.
        ([(50, 8, 0.9)] + [(100 + n * n, 2, 0.1) for n in range(2, 12)], "other"),
    ],
)
def test_patterns_follow_the_rules(stretches, expected):
    assert pattern(*[protein(*stretches)] * 6) == expected


def test_a_feature_that_never_fires_is_dead_and_a_rare_one_is_no_pattern():
    assert pattern(protein(), protein()) == "silent"
    assert pattern(*[protein((50, 8, 0.9))] * 4) == "other"


def test_the_share_of_a_protein_counts_its_own_length():
    short = [protein((0, 45, 0.9), length=50)] * 6
    assert pattern(*short) == "whole"


def test_features_are_judged_by_their_own_stretches():
    point, domain = protein((50, 1, 1.0)), protein((60, 80, 0.9))
    dense = np.stack([np.tile(point, 5), np.tile(domain, 5), np.zeros(5 * LENGTH)], axis=1)
    lengths = np.full(5, LENGTH)
    found = classify_patterns(
        runs(dense.astype(np.float32), lengths), lengths, n_active=(dense > 0).sum(axis=0)
    )
    assert found == ["point", "domain", "silent"]
