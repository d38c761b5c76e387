import math

import pytest
import torch
from tests.sae.architectures import build, fitted, residues
from tests.training.runs import SHIPPED

from interplm.training.revival import GhostGradients
from interplm.training.revival.ghost_gradients import ghost_distance

DEAD = torch.tensor([1, 7])


def parts(seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = ((5, 3), (5, 4), (4, 3))
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


def written_out(residual, pre, W_dec):
    """The distance and its gradients by the formula, entry by entry, without autograd.

    With ĝ_i = s Σ_j exp(p_j) W_ji and s = ‖r‖ / (2‖g‖), and s and the weights w constants:
    ∂/∂p_j = Σ_i 2 w_i (ĝ_i - r_i) s exp(p_j) W_ji,  ∂/∂W_ji = 2 w_i (ĝ_i - r_i) s exp(p_j).
    """
    n, d_in, n_dead = len(residual), len(residual[0]), len(W_dec)
    total = 0.0
    of_pre = [[0.0] * n_dead for _ in range(n)]
    of_W = [[0.0] * d_in for _ in range(n_dead)]
    for b in range(n):
        fired = [math.exp(p) for p in pre[b]]
        g = [sum(fired[j] * W_dec[j][i] for j in range(n_dead)) for i in range(d_in)]
        length = math.sqrt(sum(value**2 for value in residual[b]))
        s = length / (2 * math.sqrt(sum(value**2 for value in g)))
        for i in range(d_in):
            off = s * g[i] - residual[b][i]
            w = residual[b][i] ** 2 / (off**2 + length**2 / d_in / 100)
            total += w * off**2 / n
            for j in range(n_dead):
                of_pre[b][j] += 2 * w * off * s * fired[j] * W_dec[j][i] / n
                of_W[j][i] += 2 * w * off * s * fired[j] / n
    return total, of_pre, of_W


def test_distance_and_gradient_equal_the_formula_written_out():
    residual, pre, W_dec = parts()
    expected, of_pre, of_W = written_out(residual.tolist(), pre.tolist(), W_dec.tolist())
    pre.requires_grad_(), W_dec.requires_grad_()
    found = ghost_distance(residual, pre, W_dec)
    found.backward()
    assert found.item() == pytest.approx(expected, rel=1e-5)
    for grad, formula in ((pre.grad, of_pre), (W_dec.grad, of_W)):
        torch.testing.assert_close(grad, grad.new_tensor(formula), rtol=1e-4, atol=1e-9)


def test_dead_features_are_lifted_where_they_know_nothing_of_the_error():
    # Random errors, and features far below zero that do not yet depend on the input.
    generator = torch.Generator().manual_seed(0)
    residual = torch.randn(4096, 16, generator=generator)
    W_dec = torch.nn.functional.normalize(torch.randn(32, 16, generator=generator), dim=1)
    bias = torch.full((32,), -20.0, requires_grad=True)
    ghost_distance(residual, bias.expand(4096, 32), W_dec).backward()
    assert float(bias.grad.sum()) < 0


def test_dead_features_of_a_relu_fire_again():
    sae, x = build("relu"), residues(n=512)
    with torch.no_grad():
        sae.b_enc[8:] = -1.1 * sae.pre_activations(x).max()
    optimizer = torch.optim.Adam(sae.parameters(), lr=0.05)
    first = ever = sae(x).firing_counts() > 0
    for _ in range(80):
        output = sae(x)
        fired = output.firing_counts() > 0
        ever = ever | fired
        loss = sae.loss(x, output, sparsity_scale=0.1, progress=0.0)
        total, dead = loss.total, (~fired).nonzero().squeeze(1)
        if len(dead):
            total = total + GhostGradients().loss(sae, x, output, loss, dead)
        total.backward()
        optimizer.step(), optimizer.zero_grad(), sae.constrain_()
    assert not first[8:].any()
    assert ever[8:].all()


def test_pre_activations_that_would_overflow_do_not():
    residual, pre, W_dec = (part.float() for part in parts())
    assert ghost_distance(residual, pre + 1e4, W_dec).isfinite()


def test_an_error_of_zero_has_no_gradient():
    _, pre, W_dec = (part.float() for part in parts())
    pre.requires_grad_()
    ghost_distance(torch.zeros(5, 3), pre, W_dec).backward()
    assert not pre.grad.any()


@pytest.mark.parametrize("name", SHIPPED)
def test_the_term_is_as_large_as_the_reconstruction_loss_and_touches_dead_features_only(name):
    sae, x = fitted(name), residues()
    with torch.no_grad():
        sae.b_enc[DEAD] = -1e2
    output = sae(x)
    loss = sae.loss(x, output, sparsity_scale=1.0, progress=0.0)
    term = GhostGradients().loss(sae, x, output, loss, DEAD)
    torch.testing.assert_close(term.detach(), next(iter(loss.terms.values())), rtol=1e-4, atol=0)
    term.backward()
    alive = [i for i in range(sae.d_sae) if i not in DEAD.tolist()]
    assert sae.W_enc.grad[:, DEAD].any()
    assert sae.W_dec.grad[DEAD].any()
    assert not sae.W_enc.grad[:, alive].any()
    assert not sae.W_dec.grad[alive].any()
