import torch

from interplm.sae.losses import (
    fraction_unexplained,
    mean_decoder_weighted_l1,
    mean_l1_norm,
    mean_l2_norm,
    mean_lp_norm,
    mean_squared_norm,
    mean_tanh_norm,
)

ERROR = torch.tensor([[3.0, 4.0], [0.0, 0.0]])


def test_l2_is_not_squared_and_averages_over_residues():
    assert mean_l2_norm(ERROR) == 2.5


def test_squared_norm_sums_over_dimensions_and_averages_over_residues():
    assert mean_squared_norm(ERROR) == 12.5


def test_l1_sums_features_and_averages_over_residues():
    assert mean_l1_norm(torch.tensor([[1.0, 2.0], [0.0, 5.0]])) == 4.0


FEATURES = torch.tensor([[1.0, 2.0], [0.0, 4.0]])
W_DEC = torch.tensor([[3.0, 4.0], [0.0, 0.5]])


def test_weighted_l1_counts_a_feature_as_often_as_its_decoder_row_is_long():
    assert mean_decoder_weighted_l1(FEATURES, W_DEC) == (1 * 5 + (2 + 4) * 0.5) / 2


def test_lp_at_one_is_l1_and_near_zero_counts_what_fires():
    torch.testing.assert_close(mean_lp_norm(FEATURES, 1.0), mean_l1_norm(FEATURES))
    features = torch.tensor([[0.0, 1e4, 1e4], [0.0, 0.0, 1e4]])
    torch.testing.assert_close(
        mean_lp_norm(features, 1e-3), torch.tensor(1.5 * 0.0162), rtol=0.02, atol=0
    )


def test_the_slope_of_lp_at_zero_is_finite():
    features = torch.zeros(1, 3, requires_grad=True)
    mean_lp_norm(features, 0.2).backward()
    assert features.grad.isfinite().all()


def test_tanh_counts_large_features_as_one():
    features = torch.tensor([[100.0, 0.0], [100.0, 100.0]])
    torch.testing.assert_close(mean_tanh_norm(features, W_DEC, steepness=4.0), torch.tensor(1.5))


def test_tanh_of_a_small_feature_is_its_weighted_size():
    features = torch.tensor([[1e-4, 0.0]])
    torch.testing.assert_close(
        mean_tanh_norm(features, W_DEC, steepness=4.0), torch.tensor(4 * 1e-4 * 5)
    )


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
