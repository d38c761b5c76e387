import math

import numpy as np
import pytest
import torch

from interplm.metrics.functional import relative_reconstruction_bias

X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0)) + 5


def naive(x, reconstruction):
    x, reconstruction = x.double().numpy(), reconstruction.double().numpy()
    mean = x.mean(axis=0)
    squares = [row @ row for row in reconstruction - mean]
    products = [row @ other for row, other in zip(reconstruction - mean, x - mean, strict=True)]
    return np.mean(squares) / np.mean(products)


def test_it_equals_the_formula_in_float64():
    reconstruction = 0.8 * X + 0.2 * torch.randn(60, 4)
    found = float(relative_reconstruction_bias(X, reconstruction))
    assert found == pytest.approx(naive(X, reconstruction))


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.5])
def test_a_shrunken_deviation_from_the_mean_gives_its_factor(factor):
    mean = X.mean(dim=0)
    found = float(relative_reconstruction_bias(X, mean + factor * (X - mean)))
    assert found == pytest.approx(factor, rel=1e-5)


def test_its_inverse_is_the_best_rescaling():
    mean = X.mean(dim=0).double()
    reconstruction = (0.7 * X + 0.3 * X.roll(1, dims=0)).double()
    best = 1 / float(relative_reconstruction_bias(X, reconstruction))

    def error(scale):
        return float((X - mean - scale * (reconstruction - mean)).square().sum())

    assert error(best) < min(error(best - 1e-3), error(best + 1e-3))


def test_a_large_shared_mean_does_not_hide_shrinkage():
    x = X.double() + 1e4
    mean = x.mean(dim=0)
    found = float(relative_reconstruction_bias(x, mean + 0.5 * (x - mean)))
    assert found == pytest.approx(0.5, rel=1e-6)


def test_activations_that_do_not_vary_and_no_residue_give_nan():
    assert math.isnan(relative_reconstruction_bias(torch.ones(3, 2), torch.zeros(3, 2)))
    assert math.isnan(relative_reconstruction_bias(torch.ones(0, 2), torch.ones(0, 2)))
