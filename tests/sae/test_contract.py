"""What holds for every architecture."""

import copy

import pytest
import torch
from tests.sae.architectures import (
    D_IN,
    D_SAE,
    SHIPPED,
    TRANSFORMED,
    build,
    fitted,
    loss,
    residues,
)

from interplm.sae import AffineTransform, load_sae, save_sae

pytestmark = pytest.mark.parametrize("name", [*SHIPPED, *TRANSFORMED])


def test_shapes(name):
    output = fitted(name)(residues(5))
    assert output.reconstruction.shape == (5, D_IN)
    assert output.features.shape == output.pre_activations.shape == (5, D_SAE)


def test_features_are_not_negative_and_some_fire(name):
    features = fitted(name)(residues()).features
    assert (features >= 0).all()
    assert (features > 0).any()


@pytest.mark.parametrize("training", [True, False])
def test_forward_and_encode_give_the_same_features(name, training):
    sae, x = fitted(name).train(training), residues()
    assert torch.equal(sae(x).features, sae.encode(x))


@pytest.mark.parametrize("training", [True, False])
def test_encoding_some_features_equals_encoding_all(name, training):
    sae, x = fitted(name).train(training).double(), residues().double()
    indices = torch.tensor([11, 0, 7])
    torch.testing.assert_close(sae.encode_features(x, indices), sae.encode(x)[:, indices])
    torch.testing.assert_close(sae.pre_activations(x, indices), sae(x).pre_activations[:, indices])


def test_in_evaluation_a_residue_s_features_do_not_depend_on_its_batch(name):
    sae, x = fitted(name).eval().double(), residues().double()
    alone = torch.cat([sae.encode(x[i : i + 1]) for i in range(len(x))])
    torch.testing.assert_close(alone, sae.encode(x))


def test_firing_counts_are_those_of_the_features(name):
    output = fitted(name)(residues())
    assert torch.equal(output.firing_counts(), (output.features > 0).sum(dim=0))


def test_forward_decodes_its_own_features(name):
    sae, x = fitted(name), residues()
    output = sae(x)
    torch.testing.assert_close(sae.decode(output.features, x), output.reconstruction)


def test_the_error_is_the_target_less_what_the_decoder_gave(name):
    sae, x = fitted(name).double(), residues().double()
    output = sae(x)
    decoded = output.features @ sae.W_dec + sae.b_dec
    torch.testing.assert_close(sae.error(x, output), sae.target(x) - decoded)


def test_a_transform_of_each_residue_s_own_is_undone_only_with_the_activations(name):
    sae, x = fitted(name), residues()
    if not sae.input_transform.needs_input:
        torch.testing.assert_close(sae.decode(sae.encode(x)), sae(x).reconstruction)
        return
    with pytest.raises(ValueError, match=r"reconstructions need the activations .*: call decode"):
        sae.decode(sae.encode(x))


def test_decoder_rows_start_at_unit_norm_and_the_encoder_along_their_transpose(name):
    sae = build(name)
    torch.testing.assert_close(sae.W_dec.norm(dim=1), torch.ones(D_SAE))
    torch.testing.assert_close(sae.W_enc / sae.W_enc.norm(dim=0), sae.W_dec.T)


def test_reconstructions_start_as_long_as_their_inputs(name):
    sae, x = build(name), torch.randn(4096, D_IN, generator=torch.Generator().manual_seed(3))
    length = sae(x).reconstruction.norm() / x.norm()
    torch.testing.assert_close(length, torch.ones(()), atol=0.1, rtol=0)


def test_gradients_are_finite_and_reach_every_parameter(name):
    sae, x = fitted(name), residues()
    loss(sae, x).total.backward()
    for parameter in sae.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
        assert parameter.grad.any()


def test_loss_terms_add_up_and_carry_no_gradient(name):
    sae, x = fitted(name), residues()
    found = loss(sae, x, scale=0.5)
    torch.testing.assert_close(sum(found.terms.values()), found.total.detach())
    assert not any(term.requires_grad for term in found.terms.values())


def test_the_sparsity_scale_weighs_one_term_or_none(name):
    sae, x = fitted(name), residues()
    half, full = loss(sae, x, scale=0.5).terms, loss(sae, x, scale=1.0).terms
    scaled = [key for key in full if not torch.equal(half[key], full[key])]
    assert len(scaled) == ("k" not in sae.settings())
    for key in scaled:
        if key != "target_l0":  # there the scale moves the target
            torch.testing.assert_close(half[key], full[key] / 2)


def test_a_perfect_reconstruction_gives_finite_gradients(name):
    sae = build(name)
    loss(sae, torch.zeros(4, D_IN)).total.backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in sae.parameters())


@pytest.mark.parametrize("training", [True, False])
def test_neither_forward_nor_loss_changes_any_state(name, training):
    sae, x = fitted(name).train(training), residues()
    before = copy.deepcopy(sae.state_dict())
    loss(sae, x)
    sae.encode_features(x, torch.arange(2))
    for key, value in sae.state_dict().items():
        assert torch.equal(value, before[key]), key


def test_saved_and_loaded_sae_is_the_same_function_exactly(name, tmp_path):
    sae, x = fitted(name).eval(), residues()
    save_sae(sae, tmp_path, fingerprint={"plm": "esm2_demo", "layer": 3})
    loaded = load_sae(tmp_path)
    assert type(loaded) is type(sae)
    assert loaded.settings() == sae.settings()
    assert torch.equal(loaded(x).reconstruction, sae(x).reconstruction)
    assert torch.equal(loaded(x).features, sae(x).features)
    assert type(loaded.input_transform) is type(sae.input_transform)
    assert loaded.input_transform.settings() == sae.input_transform.settings()
    for key, value in sae.state_dict().items():
        assert loaded.state_dict()[key].dtype == value.dtype
        assert torch.equal(loaded.state_dict()[key], value)


def test_folding_the_input_transform_changes_neither_features_nor_reconstructions(name):
    sae, x = fitted(name).double(), residues().double()
    before = sae(x)
    if not isinstance(sae.input_transform, AffineTransform):
        with pytest.raises(ValueError, match="cannot be folded into its weights"):
            sae.fold_input_transform_()
        assert torch.equal(sae(x).features, before.features)
        return
    folded = sae.fold_input_transform_()
    after = folded(x)
    assert torch.equal(folded.input_transform.mean, torch.zeros(D_IN).double())
    torch.testing.assert_close(after.features, before.features)
    torch.testing.assert_close(after.reconstruction, before.reconstruction)


def test_folding_a_scale_divides_features_and_keeps_reconstructions_or_is_refused(name):
    sae, x = fitted(name).eval().double(), residues().double()
    before, scale = sae(x), torch.linspace(0.5, 3.0, D_SAE).double()
    if sae.features_compete:
        refusal = f"A {sae.architecture} SAE would select other features once"
        with pytest.raises(ValueError, match=refusal):
            sae.fold_scale_(scale)
        return
    after = sae.fold_scale_(scale)(x)
    torch.testing.assert_close(after.features, before.features / scale)
    torch.testing.assert_close(after.reconstruction, before.reconstruction)


def test_a_scale_of_zero_is_refused(name):
    if not fitted(name).features_compete:
        with pytest.raises(ValueError, match="give 1 to dead features"):
            fitted(name).fold_scale_(torch.zeros(D_SAE))


def test_constraint_holds_after_a_step_and_the_step_was_tangential(name):
    sae, x = fitted(name).double(), residues().double()
    sae.constrain_()
    loss(sae, x).total.backward()
    sae.project_gradients_()
    if not sae.has_unit_decoder:
        pytest.skip("unconstrained decoder")
    along = (sae.W_dec.grad * sae.W_dec).sum(dim=1)
    torch.testing.assert_close(along, torch.zeros(D_SAE).double(), atol=1e-6, rtol=0)
    torch.optim.SGD(sae.parameters(), lr=1.0).step()
    sae.constrain_()
    torch.testing.assert_close(sae.W_dec.norm(dim=1), torch.ones(D_SAE).double())


# Where the gradient is not the loss's own: a decoder is frozen, a ratio is held, or a jump is
# smoothed. Their tests hold it against the formula.
ESTIMATED = {"gated": {"W_dec", "b_dec"}, "jumprelu": {"threshold"}}


def test_analytic_gradients_equal_numerical_ones_in_float64(name):
    sae = fitted(name).double()
    x = residues(6).double()
    estimated = ESTIMATED.get(sae.architecture, ())
    keys = [key for key, _ in sae.named_parameters() if key not in estimated]

    def total(*parameters):
        values = dict(zip(keys, parameters, strict=True))
        with torch.nn.utils.stateless._reparametrize_module(sae, values):
            return loss(sae, x, scale=0.7, progress=0.0).total

    parameters = tuple(getattr(sae, key).detach().requires_grad_() for key in keys)
    assert torch.autograd.gradcheck(total, parameters)
