"""What holds for every architecture."""

import copy

import pytest
import torch
from tests.sae.architectures import D_IN, D_SAE, SHIPPED, build, fitted, residues

from interplm.sae import load_sae, save_sae

pytestmark = pytest.mark.parametrize("name", SHIPPED)


def test_shapes(name):
    output = fitted(name)(residues(5))
    assert output.reconstruction.shape == (5, D_IN)
    assert output.features.shape == output.pre_activations.shape == (5, D_SAE)


def test_features_are_not_negative_and_some_fire(name):
    features = fitted(name)(residues()).features
    assert (features >= 0).all()
    assert (features > 0).any()


def test_forward_and_encode_give_the_same_features(name):
    sae, x = fitted(name), residues()
    assert torch.equal(sae(x).features, sae.encode(x))


def test_forward_decodes_its_own_features(name):
    sae, x = fitted(name), residues()
    output = sae(x)
    torch.testing.assert_close(sae.decode(output.features), output.reconstruction)


def test_decoder_rows_start_at_unit_norm_and_the_encoder_as_their_transpose(name):
    sae = build(name)
    torch.testing.assert_close(sae.W_dec.norm(dim=1), torch.ones(D_SAE))
    assert torch.equal(sae.W_enc, sae.W_dec.T)


def test_gradients_are_finite_and_reach_every_parameter(name):
    sae, x = fitted(name), residues()
    sae.loss(x, sae(x), sparsity_scale=1.0, progress=0.0).total.backward()
    for parameter in sae.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
        assert parameter.grad.any()


def test_loss_terms_add_up_and_carry_no_gradient(name):
    sae, x = fitted(name), residues()
    loss = sae.loss(x, sae(x), sparsity_scale=0.5, progress=0.0)
    torch.testing.assert_close(sum(loss.terms.values()), loss.total.detach())
    assert not any(term.requires_grad for term in loss.terms.values())


def test_firing_counts_are_exact_over_more_residues_than_are_counted_at_a_time(name):
    output = fitted(name)(residues(300))
    assert torch.equal(output.firing_counts(), output.features.count_nonzero(dim=0))
    assert output.firing_counts().dtype == torch.int64


def test_a_batch_of_one_residue_gives_finite_gradients(name):
    sae, x = fitted(name), residues(1)
    sae.loss(x, sae(x), sparsity_scale=1.0, progress=0.0).total.backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in sae.parameters())


def test_a_perfect_reconstruction_gives_finite_gradients(name):
    sae = build(name)
    x = torch.zeros(4, D_IN)
    sae.loss(x, sae(x), sparsity_scale=1.0, progress=0.0).total.backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in sae.parameters())


def test_neither_forward_nor_loss_changes_any_state(name):
    sae, x = fitted(name), residues()
    before = copy.deepcopy(sae.state_dict())
    sae.train()
    sae.loss(x, sae(x), sparsity_scale=1.0, progress=0.0)
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


def test_folding_the_input_transform_changes_neither_features_nor_reconstructions(name):
    sae, x = fitted(name).double(), residues().double()
    before = sae(x)
    folded = sae.fold_input_transform_()
    after = folded(x)
    assert torch.equal(folded.input_transform.mean, torch.zeros(D_IN).double())
    torch.testing.assert_close(after.features, before.features)
    torch.testing.assert_close(after.reconstruction, before.reconstruction)


def test_constraint_holds_after_a_step_and_the_step_was_tangential(name):
    sae, x = fitted(name).double(), residues().double()
    sae.constrain_()
    sae.loss(x, sae(x), sparsity_scale=1.0, progress=0.0).total.backward()
    sae.project_gradients_()
    if not sae.has_unit_decoder:
        pytest.skip("unconstrained decoder")
    along = (sae.W_dec.grad * sae.W_dec).sum(dim=1)
    torch.testing.assert_close(along, torch.zeros(D_SAE).double(), atol=1e-6, rtol=0)
    torch.optim.SGD(sae.parameters(), lr=1.0).step()
    sae.constrain_()
    torch.testing.assert_close(sae.W_dec.norm(dim=1), torch.ones(D_SAE).double())


def test_analytic_gradients_equal_numerical_ones_in_float64(name):
    sae = fitted(name).double()
    x = residues(6).double()

    def loss(W_enc, W_dec, b_enc, b_dec):
        values = {"W_enc": W_enc, "W_dec": W_dec, "b_enc": b_enc, "b_dec": b_dec}
        output = torch.func.functional_call(sae, values, (x,))
        with torch.nn.utils.stateless._reparametrize_module(sae, values):
            return sae.loss(x, output, sparsity_scale=0.7, progress=0.0).total

    parameters = tuple(
        getattr(sae, key).detach().requires_grad_() for key in ("W_enc", "W_dec", "b_enc", "b_dec")
    )
    assert torch.autograd.gradcheck(loss, parameters)
