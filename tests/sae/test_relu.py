import pytest
import torch
from tests.sae.architectures import build, fitted, residues

from interplm.sae.relu import l1_law


def test_paper_form_is_unsquared_l2_plus_weighted_l1():
    sae, x = fitted("relu", l1_coefficient=0.1), residues()
    output = sae(x)
    loss = sae.loss(x, output, sparsity_scale=0.5, progress=0.0)
    mean, scale = sae.input_transform.mean, sae.input_transform.scale
    t = (x - mean) / scale
    f = torch.relu((t - sae.b_dec) @ sae.W_enc + sae.b_enc)
    error = t - (f @ sae.W_dec + sae.b_dec)
    expected = error.pow(2).sum(1).sqrt().mean() + 0.1 * 0.5 * f.abs().sum(1).mean()
    torch.testing.assert_close(loss.total, expected)
    assert set(loss.terms) == {"l2", "l1"}


def test_squared_form_is_named_for_what_it_is():
    sae, x = build("relu_squared"), residues()
    loss = sae.loss(x, sae(x), sparsity_scale=0.0, progress=0.0)
    error = x - sae(x).reconstruction
    torch.testing.assert_close(loss.terms["squared_l2"], error.pow(2).sum(1).mean())


def test_the_paper_form_does_not_depend_on_the_scale_of_the_input_but_by_a_factor():
    sae, x = build("relu"), residues()
    small = sae.loss(x, sae(x), sparsity_scale=1.0, progress=0.0).total
    large = sae.loss(10 * x, sae(10 * x), sparsity_scale=1.0, progress=0.0).total
    torch.testing.assert_close(large, 10 * small)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_penalty_that_is_not_positive_is_refused(value):
    with pytest.raises(Exception, match=r"sae.l1_coefficient must be a positive number"):
        build("relu", l1_coefficient=value)


def test_an_unknown_reconstruction_loss_is_refused_with_the_choices():
    with pytest.raises(Exception, match=r"sae.reconstruction must be l2 or squared_l2, got 'mse'"):
        build("relu", reconstruction="mse")


def test_the_l1_coefficient_follows_the_width():
    assert 0.07 < l1_law(320) < 0.2
    assert l1_law(4 * 320) == pytest.approx(l1_law(320) / 2)
    assert l1_law(6) == 0.25
    assert l1_law(None) is None
