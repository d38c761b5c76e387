import pytest
import torch
from tests.sae.architectures import fitted, residues
from tests.training.runs import SHIPPED

from interplm.training.revival import GhostGradients
from interplm.training.revival.ghost_gradients import ghost_distance

DEAD = torch.tensor([1, 7])


def parts(seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = ((5, 3), (5, 4), (4, 3))
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


def test_distance_and_gradient_equal_the_formula_written_out():
    residual, pre, W_dec = parts()
    ours, theirs = ([pre.clone().requires_grad_(), W_dec.clone().requires_grad_()] for _ in "ab")
    found = ghost_distance(residual, *ours)
    expected = 0.0
    for r, p in zip(residual, theirs[0], strict=True):
        g = p.exp() @ theirs[1]
        scale = r.norm() / (2 * g.detach().norm())
        expected = expected + (g * scale - r).square().sum() / len(residual)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=0)
    found.backward(), expected.backward()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-5, atol=1e-12)


def test_pre_activations_that_would_overflow_do_not():
    residual, pre, W_dec = (part.float() for part in parts())
    assert ghost_distance(residual, pre + 1e4, W_dec).isfinite()


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
