import numpy as np
import pytest
import torch

from interplm.metrics.functional import explained_variance, fraction_variance_unexplained


def naive(x, reconstruction):
    x, reconstruction = x.double().numpy(), reconstruction.double().numpy()
    return 1 - ((x - reconstruction) ** 2).sum() / ((x - x.mean(axis=0)) ** 2).sum()


def test_it_equals_the_formula_in_float64():
    x = torch.randn(50, 7) + 3
    reconstruction = x + 0.3 * torch.randn(50, 7)
    assert float(explained_variance(x, reconstruction)) == pytest.approx(naive(x, reconstruction))


def test_a_perfect_reconstruction_gives_one_and_the_mean_gives_zero():
    x = torch.randn(20, 3)
    assert explained_variance(x, x) == 1
    assert float(explained_variance(x, x.mean(dim=0).expand_as(x))) == pytest.approx(0, abs=1e-6)


def test_it_is_negative_where_the_mean_would_be_better():
    x = torch.tensor([[0.0], [2.0]])
    assert explained_variance(x, torch.tensor([[4.0], [-2.0]])) == -15


def test_a_large_mean_does_not_cancel():
    x = (torch.randn(1000, 4) + 1000).float()
    reconstruction = x + 0.1 * torch.randn(1000, 4)
    found = float(explained_variance(x, reconstruction))
    assert found == pytest.approx(naive(x, reconstruction), abs=1e-6)


def test_activations_that_do_not_vary_give_nan():
    assert np.isnan(float(explained_variance(torch.ones(3, 2), torch.zeros(3, 2))))


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"x is \(3, 2\), reconstruction \(3, 1\)"):
        explained_variance(torch.ones(3, 2), torch.ones(3, 1))


def test_fvu_is_what_is_not_explained():
    x = torch.randn(50, 7) + 3
    reconstruction = x + 0.3 * torch.randn(50, 7)
    found = float(fraction_variance_unexplained(x, reconstruction))
    assert found == pytest.approx(1 - naive(x, reconstruction))


def test_fvu_of_a_nearly_perfect_reconstruction_keeps_its_digits():
    x = torch.tensor([[0.0], [2.0]], dtype=torch.float64)
    assert float(fraction_variance_unexplained(x, x + 1e-12)) == pytest.approx(1e-24, rel=1e-3)


def test_a_constant_that_is_not_a_binary_fraction_does_not_vary_either():
    assert np.isnan(float(explained_variance(torch.full((999, 3), 0.1), torch.zeros(999, 3))))


def test_no_residue_gives_nan():
    assert np.isnan(float(explained_variance(torch.ones(0, 2), torch.ones(0, 2))))
