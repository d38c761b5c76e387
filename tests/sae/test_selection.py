"""The sparse kernel against plain autograd."""

import pytest
import torch
from tests.sae.architectures import D_SAE, build, fitted, loss, residues

from interplm.sae import selection

SELECTING = ["batchtopk", "matryoshka", "topk"]
pytestmark = pytest.mark.parametrize("name", SELECTING)


@pytest.fixture(autouse=True)
def several_chunks(monkeypatch):
    monkeypatch.setattr(selection, "_ROWS", 10)


def both(name, **overrides):
    return [fitted(name, kernel=kernel, **overrides).double() for kernel in ("sparse", "dense")]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("k", [1, 3, D_SAE])
def test_outputs_are_those_of_the_dense_kernel(name, k, training):
    sparse, dense = both(name, k=k)
    sparse.load_state_dict(dense.state_dict())
    x = residues(37).double()
    found, expected = sparse.train(training)(x), dense.train(training)(x)
    torch.testing.assert_close(found.features, expected.features)
    torch.testing.assert_close(found.reconstruction, expected.reconstruction)
    torch.testing.assert_close(found.pre_activations, expected.pre_activations)
    assert torch.equal(found.firing_counts(), expected.firing_counts())
    torch.testing.assert_close(found.fired_values().sort()[0], expected.fired_values().sort()[0])


@pytest.mark.parametrize("k", [1, 3, D_SAE])
def test_gradients_are_those_of_autograd_through_the_dense_kernel(name, k):
    sparse, dense = both(name, k=k)
    gradients = []
    for sae in (sparse, dense):
        x = residues(37).double().requires_grad_()
        loss(sae, x).total.backward()
        gradients.append([x.grad] + [parameter.grad for parameter in sae.parameters()])
    for found, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


def test_a_loss_on_pre_activations_and_dense_features_sends_exact_gradients_too(name):
    gradients = []
    for sae in both(name):
        output = sae(residues(37).double())
        dead = output.pre_activations[:, [2, 5]].relu() @ sae.W_dec[[2, 5]]
        (dead.sum() + output.features.square().sum() + output.reconstruction.sum()).backward()
        gradients.append([parameter.grad for parameter in sae.parameters()])
    for found, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


def test_features_that_were_not_selected_get_no_gradient(name):
    sae = build(name, k=1).double()
    x = residues(3).double()
    output = sae(x)
    output.reconstruction.sum().backward()
    silent = output.firing_counts() == 0
    assert silent.any()
    assert not sae.W_dec.grad[silent].any()
    assert not sae.W_enc.grad[:, silent].any()
    assert not sae.b_enc.grad[silent].any()


def test_nothing_fires_where_every_pre_activation_is_negative(name):
    sae = build(name)
    with torch.no_grad():
        sae.b_enc.fill_(-1e3)
    x = residues(5)
    output = sae(x)
    loss(sae, x, output).total.backward()
    assert not output.features.any()
    assert not sae.W_dec.grad.any()
    torch.testing.assert_close(output.reconstruction, sae.b_dec.expand(5, -1))


def test_the_dense_kernel_takes_over_where_many_features_fire_or_precision_is_low(name):
    x = torch.zeros(2, 6)
    assert build(name, kernel="auto", k=1).is_sparse(x)
    assert not build(name, kernel="auto", k=4).is_sparse(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not build(name, kernel="auto", k=1).is_sparse(x)
        assert build(name, kernel="sparse").is_sparse(x)
    assert not build(name, kernel="dense", k=1).is_sparse(x)


def test_the_sparse_kernel_works_under_autocast_in_full_precision(name):
    sae, x = fitted(name), residues()
    expected = sae(x).features
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = sae(x)
        loss(sae, x, output).total.backward()
    torch.testing.assert_close(output.features, expected)
    assert all(parameter.grad.isfinite().all() for parameter in sae.parameters())


def test_an_unknown_kernel_is_refused_with_the_choices(name):
    with pytest.raises(Exception, match=r"sae.kernel must be auto, sparse or dense, got 'fast'"):
        build(name, kernel="fast")
