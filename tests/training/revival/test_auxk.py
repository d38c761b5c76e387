import pytest
import torch
from tests.sae.architectures import fitted, residues
from tests.training.runs import SHIPPED, build_revival

from interplm.sae.losses import fraction_unexplained
from interplm.training.revival import AuxK
from interplm.training.revival.auxk import auxk_loss, out_of_reach_loss

DEAD = torch.tensor([2, 5, 11])


def term(sae, x, revival):
    output = sae(x)
    loss = sae.loss(x, output, sparsity_scale=1.0, progress=0.0)
    return revival.loss(sae, x, output, loss, DEAD)


def test_the_loss_equals_a_loop_over_residues():
    generator = torch.Generator().manual_seed(0)
    error, pre, W_dec = (
        torch.randn(shape, generator=generator) for shape in ((5, 3), (5, 4), (4, 3))
    )
    explained = torch.zeros(5, 3)
    for row in range(5):
        for feature in pre[row].relu().argsort(descending=True)[:2].tolist():
            explained[row] += pre[row, feature].relu() * W_dec[feature]
    rest = (error - explained).square().sum()
    expected = rest / (error - error.mean(dim=0)).square().sum()
    torch.testing.assert_close(auxk_loss(error, pre, W_dec, k_aux=2), expected)


def test_it_is_scaled_down_where_fewer_features_are_dead_than_it_may_use():
    error = torch.eye(3)
    full = fraction_unexplained(error, error)
    found = auxk_loss(error, torch.zeros(3, 1), torch.ones(1, 3), k_aux=4)
    torch.testing.assert_close(found, full / 4)


def test_no_gradient_flows_into_the_error():
    error = torch.randn(4, 3, requires_grad=True)
    pre = torch.rand(4, 5, requires_grad=True)
    auxk_loss(error, pre, torch.randn(5, 3), k_aux=2).backward()
    assert error.grad is None
    assert pre.grad.any()


def test_an_error_that_does_not_vary_gives_nothing_and_no_gradient():
    pre = torch.rand(1, 5, requires_grad=True)
    found = auxk_loss(torch.ones(1, 3), pre, torch.randn(5, 3), k_aux=2)
    found.backward()
    assert found == 0
    assert not pre.grad.any()


@pytest.mark.parametrize("name", SHIPPED)
def test_it_is_the_weighted_auxk_of_the_error_in_the_sae_s_own_space(name):
    sae, x = fitted(name), residues()
    output = sae(x)
    found = term(sae, x, AuxK(coefficient=0.5, k_aux=2))
    error = sae.input_transform(x) - (output.features @ sae.W_dec + sae.b_dec)
    pre = output.pre_activations[:, DEAD]
    expected = auxk_loss(error, pre, sae.W_dec[DEAD], k_aux=2) / 2
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("name", SHIPPED)
def test_only_dead_features_are_touched(name):
    sae = fitted(name)
    term(sae, residues(), AuxK(coefficient=1.0, k_aux=2)).backward()
    alive = [i for i in range(sae.d_sae) if i not in DEAD.tolist()]
    assert sae.W_dec.grad[DEAD].any()
    assert not sae.W_dec.grad[alive].any()
    assert not sae.W_enc.grad[:, alive].any()


def test_a_perfect_reconstruction_gives_a_finite_term():
    sae = fitted("relu")
    x = sae.input_transform.inverse(sae.b_dec.detach()).expand(4, -1)
    with torch.no_grad():
        sae.b_enc.fill_(-1.0)
        sae.b_enc[DEAD] = 1.0
    found = term(sae, x, AuxK(coefficient=1.0, k_aux=2))
    found.backward()
    assert found.isfinite()
    assert all(p.grad is None or p.grad.isfinite().all() for p in sae.parameters())


def test_the_shipped_settings():
    made = build_revival("auxk", n_steps=10)
    assert (made.coefficient, made.k_aux, made.pull) == (1 / 4, 3, 1)


def test_the_pull_equals_a_loop_over_features_and_leaves_those_that_are_reached():
    generator = torch.Generator().manual_seed(0)
    pre, W_dec = (torch.randn(shape, generator=generator) for shape in ((5, 4), (4, 3)))
    pre[:, [0, 2]] = -pre[:, [0, 2]].abs()
    expected = sum(-pre[:, i].mean() * W_dec[i].norm() for i in (0, 2))
    pre.requires_grad_()
    found = out_of_reach_loss(pre, W_dec)
    found.backward()
    torch.testing.assert_close(found, expected)
    assert not pre.grad[:, [1, 3]].any()
    assert (pre.grad[:, [0, 2]] < 0).all()


@pytest.mark.parametrize("name", SHIPPED)
def test_features_below_zero_everywhere_come_back_with_the_pull_alone(name):
    torch.manual_seed(0)
    reached = {}
    for pull in (0.0, 1.0):
        sae, x = fitted(name), residues()
        with torch.no_grad():
            sae.b_enc[DEAD] = -20.0
        optimizer = torch.optim.Adam(sae.parameters(), lr=0.2)
        revival = AuxK(coefficient=0.25, k_aux=2, pull=pull)
        for _ in range(200):
            optimizer.zero_grad()
            term(sae, x, revival).backward()
            optimizer.step()
        with torch.no_grad():
            reached[pull] = (sae.pre_activations(x, DEAD) > 0).any(dim=0)
    assert not reached[0.0].any()
    assert reached[1.0].any()


def test_a_negative_pull_is_refused():
    with pytest.raises(ValueError, match=r"revival.pull must be at least 0"):
        AuxK(coefficient=0.1, k_aux=2, pull=-1)


@pytest.mark.parametrize(("coefficient", "k_aux"), [(0, 4), (0.1, 0)])
def test_settings_that_would_do_nothing_are_refused(coefficient, k_aux):
    with pytest.raises(ValueError, match="revival=none turns AuxK off"):
        AuxK(coefficient=coefficient, k_aux=k_aux)
