"""Original InterPLM: losses compared raw inputs with scaled reconstructions, or scaled neither."""

import pytest
import torch
from tests.sae.architectures import SHIPPED, build, loss, residues

SCALED = {"centre": True, "scaling": "rms"}


def fitted_to(x, name):
    sae = build(name).double()
    sae.input_transform.fit_(x.mean(dim=0), x.var(dim=0, unbiased=False), **SCALED)
    return sae


@pytest.mark.parametrize("name", SHIPPED)
def test_the_loss_is_the_same_in_any_units_of_the_input(name):
    x = residues().double()
    losses = [loss(fitted_to(inputs, name), inputs).total for inputs in (x, 40 * x - 3)]
    torch.testing.assert_close(losses[1], losses[0])


@pytest.mark.parametrize("name", SHIPPED)
def test_input_and_reconstruction_are_compared_in_one_space(name):
    x = 40 * residues().double()
    sae = fitted_to(x, name)
    output = sae(x)
    scaled = output.features @ sae.W_dec + sae.b_dec
    torch.testing.assert_close(sae.error(x, output), sae.input_transform(x) - scaled)
