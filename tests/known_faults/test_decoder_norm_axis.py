"""InterProt and BioNeMo: decoders were brought to unit norm over features, not over dimensions."""

import pytest
import torch
from tests.sae.architectures import D_SAE, SHIPPED, build, loss

# As wide as its input, where a wrong axis gives no error of shape.
UNIT = [name for name in SHIPPED if build(name).has_unit_decoder]


def square(name):
    sae = build(name, d_in=D_SAE)
    with torch.no_grad():
        sae.W_dec.mul_(torch.linspace(0.5, 3, D_SAE)[:, None])
    return sae


@pytest.mark.parametrize("name", UNIT)
def test_every_feature_keeps_its_direction_and_gets_unit_norm(name):
    sae = square(name)
    directions = sae.W_dec.detach() / sae.W_dec.detach().norm(dim=1, keepdim=True)
    sae.constrain_()
    torch.testing.assert_close(sae.W_dec.detach(), directions)


@pytest.mark.parametrize("name", UNIT)
def test_the_gradient_that_is_dropped_lies_along_each_feature(name):
    sae, x = build(name, d_in=D_SAE), torch.randn(32, D_SAE) + 1.5
    loss(sae, x).total.backward()
    before = sae.W_dec.grad.clone()
    sae.project_gradients_()
    dropped = before - sae.W_dec.grad
    assert dropped.abs().max() > 1e-3 * before.abs().max()
    along = (dropped * sae.W_dec).sum(dim=1, keepdim=True) * sae.W_dec
    torch.testing.assert_close(dropped, along.detach(), rtol=1e-4, atol=1e-6)
