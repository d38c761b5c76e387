"""SAELens: the auxiliary term of the gated SAE, meant for the gate alone, trained the decoder."""

import pytest
import torch
from tests.sae.architectures import fitted, loss, residues


@pytest.fixture
def gradients():
    """An SAE, and the gradients of its auxiliary term: those of the loss less the other terms'."""
    sae, x = fitted("gated").double(), residues().double()
    loss(sae, x).total.backward()
    whole = {key: value.grad.clone() for key, value in sae.named_parameters()}
    sae.zero_grad()
    output = sae(x)
    reconstruction = sae.error(x, output).square().sum(dim=1).mean()
    sparsity = sae.l1_coefficient * output.pre_activations.relu().sum(dim=1).mean()
    (reconstruction + sparsity).backward()
    return sae, {key: whole[key] - value.grad for key, value in sae.named_parameters()}


def test_it_sends_no_gradient_into_the_decoder(gradients):
    sae, auxiliary = gradients
    torch.testing.assert_close(auxiliary["W_dec"], torch.zeros_like(sae.W_dec))
    # The decoder's bias is subtracted from the gate's input, and gets what comes through that.
    through_the_gate = -(sae.W_enc @ auxiliary["b_enc"])
    torch.testing.assert_close(auxiliary["b_dec"], through_the_gate.detach())


def test_it_trains_the_gate(gradients):
    _, auxiliary = gradients
    assert auxiliary["W_enc"].abs().max() > 0.1
    assert auxiliary["b_enc"].abs().max() > 0.1
