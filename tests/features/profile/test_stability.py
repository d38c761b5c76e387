import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from interplm.features.profile.stability import stability
from interplm.sae import ReLUSAE

D_IN, D_SAE = 24, 120


def random_sae(seed):
    torch.manual_seed(seed)
    sae = ReLUSAE(d_in=D_IN, d_sae=D_SAE, l1_coefficient=0.1, reconstruction="l2")
    return sae.raise_threshold_(0.25).eval()


def sister_of(sae, *, kept, seed):
    """The first features again, in another order and a little changed; the others fresh."""
    sister = random_sae(seed)
    order = torch.randperm(D_SAE, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for number in range(kept):
            place = order[number]
            noise = 0.05 * torch.randn(D_IN)
            sister.W_dec[place] = normalize(sae.W_dec[number] + noise, dim=0)
            sister.W_enc[:, place] = sae.W_enc[:, number]
            sister.b_enc[place] = sae.b_enc[number]
    return sister, order


@pytest.fixture(scope="module")
def activations():
    return list(torch.randn(3000, D_IN, generator=torch.Generator().manual_seed(9)).split(700))


def test_features_that_another_seed_has_again_are_found_and_others_are_not(activations):
    sae = random_sae(0)
    sisters = [sister_of(sae, kept=kept, seed=seed)[0] for seed, kept in ((1, 80), (2, 40))]
    found = stability(sae, sisters, activations, seed=0)
    assert found.n_sisters == 2
    assert (found.n_reappears[:40] == 2).all()
    assert (found.n_reappears[40:80] == 1).mean() > 0.95
    assert found.n_reappears[80:].mean() < 0.05
    assert found.cosine[:40].min() > 0.9 > found.cosine[80:].max()
    assert found.correlation[:40].min() > 0.99


def test_cosine_and_correlation_are_those_of_the_nearest_row_by_hand(activations):
    sae = random_sae(0)
    sister = sister_of(sae, kept=30, seed=4)[0]
    found = stability(sae, [sister], activations, seed=0)
    cosine = normalize(sae.W_dec, dim=1) @ normalize(sister.W_dec, dim=1).T
    np.testing.assert_allclose(found.cosine, cosine.amax(dim=1).detach().numpy(), atol=1e-6)
    x = torch.cat(activations)
    mine, other = sae.encode(x).detach().numpy(), sister.encode(x).detach().numpy()
    for feature in range(D_SAE):
        match = int(cosine[feature].argmax())
        expected = np.corrcoef(mine[:, feature], other[:, match])[0, 1]
        assert found.correlation[feature] == pytest.approx(expected, abs=1e-5)


def test_the_limits_are_what_unrelated_features_reach(activations):
    sae, stranger = random_sae(0), random_sae(7)
    found = stability(sae, [stranger], activations, seed=0)
    ((cosine, correlation),) = found.limits
    assert 0.3 < cosine < 0.95
    assert 0 < correlation < 0.9
    assert found.n_reappears.mean() < 0.05


def test_a_silent_feature_is_correlated_with_nothing(activations):
    sae = random_sae(0)
    with torch.no_grad():
        sae.b_enc[3] = -1e3
    found = stability(sae, [sister_of(sae, kept=10, seed=1)[0]], activations, seed=0)
    assert found.correlation[3] == 0
    assert found.n_reappears[3] == 0


def test_without_another_seed_nothing_is_said():
    found = stability(random_sae(0), [], [], seed=0)
    assert found.n_sisters == 0
    assert found.n_reappears.tolist() == [0] * D_SAE
    assert np.isnan(found.cosine).all()
