import pytest
import torch
from tests.sae.architectures import fitted, residues
from tests.training.runs import SHIPPED

from interplm.training.revival import PreActivationLoss
from interplm.training.revival.pre_activation import pre_activation_loss

DEAD = torch.tensor([1, 7])


def term_of(sae, x, coefficient=1.0):
    output = sae(x)
    loss = sae.loss(x, output, sparsity_scale=1.0, progress=0.0)
    return PreActivationLoss(coefficient=coefficient).loss(sae, x, output, loss, DEAD)


def test_the_loss_is_the_formula_written_out():
    generator = torch.Generator().manual_seed(0)
    missing = torch.rand(5, 4, generator=generator, dtype=torch.float64)
    W_dec = torch.randn(4, 3, generator=generator, dtype=torch.float64)
    expected = sum(m * w.norm() for row in missing for m, w in zip(row, W_dec, strict=True)) / 5
    torch.testing.assert_close(pre_activation_loss(missing, W_dec), expected)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_term_pulls_the_dead_features_alone_and_leaves_the_decoder(name):
    sae, x = fitted(name), residues()
    with torch.no_grad():
        sae.b_enc[DEAD] = -1e2
    term_of(sae, x).backward()
    alive = [i for i in range(sae.d_sae) if i not in DEAD.tolist()]
    assert (sae.b_enc.grad[DEAD] < 0).all()
    assert not sae.b_enc.grad[alive].any()
    assert not sae.W_enc.grad[:, alive].any()
    assert sae.W_dec.grad is None


def test_a_learnt_threshold_is_counted_and_lowered():
    sae, x = fitted("jumprelu"), residues()
    with torch.no_grad():
        sae.b_enc[DEAD] = -1e2
        before = term_of(sae, x).item()
        sae.threshold[DEAD] += 3.0
        norms = sae.W_dec[DEAD].norm(dim=1).sum().item()
    term = term_of(sae, x)
    assert term.item() == pytest.approx(before + 3.0 * norms, rel=1e-5)
    term.backward()
    assert (sae.threshold.grad[DEAD] > 0).all()


def test_features_that_fire_anyway_cost_nothing():
    sae, x = fitted("relu"), residues()
    with torch.no_grad():
        sae.b_enc[DEAD] = 1e3
    assert term_of(sae, x) == 0


@pytest.mark.parametrize("coefficient", [0.0, -1.0])
def test_a_coefficient_without_effect_is_refused(coefficient):
    with pytest.raises(ValueError, match=r"revival\.coefficient must be above 0, got"):
        PreActivationLoss(coefficient=coefficient)
