import torch

from interplm.sae.losses import (
    fraction_unexplained,
    mean_l1_norm,
    mean_l2_norm,
    mean_squared_norm,
)

ERROR = torch.tensor([[3.0, 4.0], [0.0, 0.0]])


def test_l2_is_not_squared_and_averages_over_residues():
    assert mean_l2_norm(ERROR) == 2.5


def test_squared_norm_sums_over_dimensions_and_averages_over_residues():
    assert mean_squared_norm(ERROR) == 12.5


def test_l1_sums_features_and_averages_over_residues():
    assert mean_l1_norm(torch.tensor([[1.0, 2.0], [0.0, 5.0]])) == 4.0


def test_fraction_unexplained_is_one_for_the_mean_and_zero_for_the_target():
    target = torch.tensor([[1.0, 0.0], [3.0, 4.0]])
    assert fraction_unexplained(target - target.mean(dim=0), target) == 1.0
    assert fraction_unexplained(torch.zeros(2, 2), target) == 0.0


def test_fraction_unexplained_of_a_constant_target_is_finite():
    assert fraction_unexplained(torch.zeros(2, 2), torch.ones(2, 2)) == 0.0


def test_what_does_not_vary_weighs_nothing():
    error = torch.ones(1, 2, requires_grad=True)
    fraction = fraction_unexplained(error, torch.ones(1, 2))
    fraction.backward()
    assert fraction == 0
    assert not error.grad.any()
