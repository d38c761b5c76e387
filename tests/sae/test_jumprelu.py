import pytest
import torch
from tests.sae.architectures import D_SAE, build, fitted, loss, residues

# In the middle of the sparsity warm-up, where the target is the geometric mean of 8 and l0_target.
SPARSITY_OF = {
    "target_l0": lambda sae, f: ((f > 0).sum(1).double().mean() / 4 - 1) ** 2,
    "l0": lambda sae, f: 0.5 * (f > 0).sum(1).double().mean(),
    "tanh": lambda sae, f: 0.5 * (sae.steepness * f * sae.W_dec.norm(dim=1)).tanh().sum(1).mean(),
}


def test_what_is_above_the_threshold_passes_unchanged():
    sae, x = fitted("jumprelu"), residues()
    pre = sae.pre_activations(x)
    expected = torch.where(pre > sae.threshold, pre, torch.zeros(()))
    assert torch.equal(sae.encode(x), expected)


@pytest.mark.parametrize("sparsity", SPARSITY_OF)
def test_each_loss_is_its_formula(sparsity):
    sae = fitted("jumprelu", sparsity=sparsity, sparsity_coefficient=0.3, l0_target=2).double()
    x = residues().double()
    t, features = sae.input_transform(x), sae.encode(x)
    error = t - (features @ sae.W_dec + sae.b_dec)
    expected = error.pow(2).sum() / (t - t.mean(0)).pow(2).sum()
    expected = expected + 0.3 * SPARSITY_OF[sparsity](sae, features)
    found = loss(sae, x, scale=0.5)
    torch.testing.assert_close(found.total, expected)
    assert set(found.terms) == {"fraction_unexplained", sparsity}


@pytest.mark.parametrize("sparsity", SPARSITY_OF)
def test_every_loss_moves_the_thresholds(sparsity):
    sae = fitted("jumprelu", sparsity=sparsity, sparsity_coefficient=100.0, l0_target=1)
    sae.threshold.data.fill_(0.3)
    loss(sae, residues()).total.backward()
    # Too many features fire, so descent raises the thresholds.
    assert (sae.threshold.grad <= 0).all()
    assert sae.threshold.grad.any()


@pytest.mark.parametrize("target", [2.0, 6.0])
def test_training_towards_a_target_reaches_it_from_above_and_below(target):
    sae = build("jumprelu", l0_target=target, initial_threshold=0.3)
    x = residues(512)
    sae.input_transform.fit_(x.mean(0), x.var(0), centre=True, scaling="rms")
    optimizer = torch.optim.Adam(sae.parameters(), lr=1e-2)
    for _ in range(400):
        optimizer.zero_grad()
        loss(sae, x).total.backward()
        optimizer.step()
        sae.constrain_()
    l0 = sae(x).firing_counts().sum() / len(x)
    assert float(l0) == pytest.approx(target, rel=0.15)


def test_at_first_the_wanted_l0_is_that_of_a_new_encoder():
    sae, x = build("jumprelu", d_sae=128, l0_target=4.0, initial_threshold=1e-6), residues(512)
    first, last = (loss(sae, x, scale=scale).terms["target_l0"] for scale in (0.0, 1.0))
    assert float(first) < 0.1 < 100 < float(last)


def test_the_decoder_is_free_where_the_penalty_weighs_it():
    assert build("jumprelu").has_unit_decoder
    assert not build("jumprelu", sparsity="tanh").has_unit_decoder


def test_under_autocast_thresholds_are_compared_in_float32():
    sae, x = fitted("jumprelu"), residues()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = sae(x)
    assert output.pre_activations.dtype == torch.bfloat16
    expected = output.pre_activations.float() > sae.threshold
    assert torch.equal(output.features > 0, expected)


def test_a_step_below_zero_is_taken_back():
    sae = fitted("jumprelu")
    with torch.no_grad():
        sae.threshold[:4] = -0.5
    sae.constrain_()
    assert (sae.threshold[:4] == 0).all()
    assert (sae.threshold[4:] > 0).all()


def test_an_unknown_sparsity_is_refused_with_the_choices():
    with pytest.raises(Exception, match=r"sae.sparsity must be target_l0, l0 or tanh, got 'l1'"):
        build("jumprelu", sparsity="l1")


@pytest.mark.parametrize("name", ["bandwidth", "initial_threshold", "l0_target", "steepness"])
def test_settings_that_are_not_positive_are_refused(name):
    with pytest.raises(Exception, match=rf"sae.{name} must be a positive number, got 0"):
        build("jumprelu", **{name: 0.0})


def test_thresholds_start_where_the_settings_say():
    torch.testing.assert_close(
        build("jumprelu", initial_threshold=0.2).threshold, torch.full((D_SAE,), 0.2)
    )
