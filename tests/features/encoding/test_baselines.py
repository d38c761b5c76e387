import math

import numpy as np
import pytest
import torch
from tests.activations.stores import write_store
from tests.sae.architectures import SHIPPED, build, fitted, residues

from interplm.activations.store import ActivationStore
from interplm.features.encoding.baselines import (
    Neurons,
    activation_sample,
    fit_principal_components,
    random_sae,
)


def test_each_neuron_is_two_features_one_for_each_sign():
    x = torch.tensor([[2.0, -3.0, 0.0]])
    assert Neurons(d_in=3).encode(x).tolist() == [[2.0, 0.0, 0.0, 0.0, 3.0, 0.0]]
    assert Neurons(d_in=3).d_sae == 6


def test_principal_components_are_those_of_the_covariance(tmp_path):
    rows = np.concatenate(write_store(tmp_path, [[40, 60], [50]], dtype="float32"))
    pca = fit_principal_components(ActivationStore(tmp_path))
    x = torch.from_numpy(rows)
    features = pca.encode(x).double().numpy()
    projected = features[:, :4] - features[:, 4:]
    covariance = np.cov(projected.T, bias=True)
    variances = np.linalg.eigvalsh(np.cov(rows.T.astype(np.float64), bias=True))[::-1]
    np.testing.assert_allclose(covariance, np.diag(variances), atol=1e-5)
    assert (features >= 0).all()
    assert pca.d_sae == 8


@pytest.mark.parametrize("architecture", SHIPPED)
def test_a_random_sae_has_the_architecture_and_input_transform_but_fresh_weights(architecture):
    sae = fitted(architecture)
    fresh = random_sae(sae, residues(), seed=1)
    assert type(fresh) is type(sae)
    assert fresh.settings() == sae.settings()
    torch.testing.assert_close(fresh.input_transform.mean, sae.input_transform.mean)
    torch.testing.assert_close(fresh.input_transform.scale, sae.input_transform.scale)
    assert not torch.isclose(fresh.W_enc, sae.W_enc).any()
    assert (fresh.encode(residues()) > 0).any()


def l0(sae, x):
    return float((sae.encode(x) > 0).sum(dim=1).float().mean())


@pytest.mark.parametrize("architecture", SHIPPED)
@pytest.mark.parametrize("sparsity", [0.02, 0.1])
def test_a_random_sae_is_as_sparse_as_the_trained_one_on_other_residues(architecture, sparsity):
    settings = {"d_sae": 256}
    if "k" in build(architecture).settings():
        # A power of two: the groups of GroupMax are as many, and equally large.
        settings["k"] = 2 ** round(math.log2(256 * sparsity))
    sae = fitted(architecture, **settings).eval()
    x = residues(4000, seed=5)
    # As training makes it: that share of the features fires on a residue.
    excess = (sae.pre_activations(x) - sae.firing_threshold()).flatten()
    sae.raise_threshold_(float(excess.detach().quantile(1 - sparsity)))
    fresh = random_sae(sae, x[:2000], seed=0)
    assert l0(fresh, x[2000:]) == pytest.approx(l0(sae, x[2000:]), rel=0.1)
    assert l0(sae, x) < 0.2 * 256


def test_a_random_sae_follows_from_its_seed_and_leaves_the_generator_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    first, again, other = (random_sae(fitted("relu"), residues(), seed=s) for s in (1, 1, 2))
    torch.manual_seed(0)
    sae = fitted("relu")
    torch.manual_seed(0)
    random_sae(sae, residues(), seed=5)
    torch.testing.assert_close(torch.rand(3), expected)
    torch.testing.assert_close(first.W_enc, again.W_enc)
    assert not torch.equal(first.W_enc, other.W_enc)


def test_a_sample_is_of_whole_random_proteins_and_no_larger_than_asked_for(tmp_path):
    rows = np.concatenate(write_store(tmp_path, [[5, 6, 7], [8, 9]], dtype="float32"))
    store = ActivationStore(tmp_path)
    known = {row.tobytes() for row in rows}
    sample = activation_sample(store, n_residues=20, seed=0)
    assert sample.shape == (20, 4)
    assert {row.tobytes() for row in sample.numpy()} <= known
    assert len({row.tobytes() for row in sample.numpy()}) == 20
    assert torch.equal(sample, activation_sample(store, n_residues=20, seed=0))
    assert len(activation_sample(store, n_residues=1000, seed=0)) == 35
