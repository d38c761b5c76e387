import numpy as np
import pytest
import torch
from tests.activations.stores import write_store
from tests.sae.architectures import SHIPPED, fitted, residues

from interplm.activations.store import ActivationStore
from interplm.features.encoding.baselines import Neurons, fit_principal_components, random_sae


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
    fresh = random_sae(sae, seed=1)
    assert type(fresh) is type(sae)
    assert fresh.settings() == sae.settings()
    torch.testing.assert_close(fresh.input_transform.mean, sae.input_transform.mean)
    torch.testing.assert_close(fresh.input_transform.scale, sae.input_transform.scale)
    assert not torch.isclose(fresh.W_enc, sae.W_enc).any()
    assert (fresh.encode(residues()) > 0).any()


def test_a_random_sae_follows_from_its_seed_and_leaves_the_generator_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    first, again, other = (random_sae(fitted("relu"), seed=seed) for seed in (1, 1, 2))
    torch.manual_seed(0)
    sae = fitted("relu")
    torch.manual_seed(0)
    random_sae(sae, seed=5)
    torch.testing.assert_close(torch.rand(3), expected)
    torch.testing.assert_close(first.W_enc, again.W_enc)
    assert not torch.equal(first.W_enc, other.W_enc)
