import torch
from tests.sae.architectures import fitted, loss, residues


def paths(sae, x):
    """Gate and magnitude pre-activations, with a weight matrix for each path."""
    centred = sae.input_transform(x) - sae.b_dec
    gate = centred @ sae.W_enc + sae.b_enc
    magnitude = centred @ (sae.W_enc * sae.r_mag.exp()) + sae.b_mag
    return gate, magnitude


def test_one_path_opens_the_gate_and_the_other_says_how_much():
    sae, x = fitted("gated").double(), residues().double()
    gate, magnitude = paths(sae, x)
    expected = (gate > 0).double() * magnitude.relu()
    torch.testing.assert_close(sae.encode(x), expected)
    closed = (expected == 0) & (magnitude > 0)
    assert closed.any()


def test_loss_is_that_of_the_paper():
    sae, x = fitted("gated", l1_coefficient=0.3), residues()
    gate, _ = paths(sae, x)
    t = sae.input_transform(x)
    error = t - (sae.encode(x) @ sae.W_dec + sae.b_dec)
    by_gate = t - (gate.relu() @ sae.W_dec + sae.b_dec)
    expected = (
        error.pow(2).sum(1).mean()
        + 0.3 * 0.5 * gate.relu().sum(1).mean()
        + by_gate.pow(2).sum(1).mean()
    )
    torch.testing.assert_close(loss(sae, x, scale=0.5).total, expected)


def test_the_auxiliary_term_trains_the_gate_but_not_the_decoder():
    sae, x = fitted("gated").double(), residues().double()
    loss(sae, x).total.backward()
    found = sae.W_dec.grad.clone(), sae.W_enc.grad.clone()
    sae.zero_grad()
    frozen_W, frozen_b = sae.W_dec.detach().clone(), sae.b_dec.detach().clone()
    gate, _ = paths(sae, x)
    reconstruction = sae.error(x, sae(x)).pow(2).sum(1).mean()
    reconstruction.backward()
    torch.testing.assert_close(found[0], sae.W_dec.grad)
    by_gate = gate.relu() @ frozen_W + frozen_b
    auxiliary = (sae.input_transform(x) - by_gate).pow(2).sum(1).mean()
    (auxiliary + sae.l1_coefficient * gate.relu().sum(1).mean()).backward()
    torch.testing.assert_close(found[1], sae.W_enc.grad)
    assert not torch.allclose(found[1], torch.zeros_like(found[1]))


def test_magnitudes_send_no_gradient_through_the_gate():
    sae, x = fitted("gated").double(), residues().double()
    sae(x).features.sum().backward()
    open_gates = (paths(sae, x)[0] > 0) & (paths(sae, x)[1] > 0)
    centred = sae.input_transform(x) - sae.b_dec
    expected = centred.T @ open_gates.double() * sae.r_mag.exp()
    torch.testing.assert_close(sae.W_enc.grad, expected)
    assert not sae.b_enc.grad.any()
