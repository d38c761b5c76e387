import torch

from interplm.metrics.functional import (
    dead_fraction,
    dense_fraction,
    feature_density,
    l0,
)

COUNTS, N = torch.tensor([0, 2, 1, 1]), torch.tensor(2)


def test_l0_is_the_mean_number_of_features_on_a_residue():
    assert l0(COUNTS, N) == 2.0


def test_density_is_a_share_of_the_residues():
    assert feature_density(COUNTS, N).tolist() == [0.0, 1.0, 0.5, 0.5]


def test_dead_and_dense_shares():
    assert dead_fraction(COUNTS) == 0.25
    assert dense_fraction(COUNTS, N, threshold=0.5) == 0.25
