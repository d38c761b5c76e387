import copy

import pytest
import torch
from tests.sae.architectures import fitted, residues
from tests.training.runs import SHIPPED
from torch import nn
from torch.nn.functional import normalize

from interplm.training.revival.feature_parameters import (
    feature_parameters,
    replace_weights_,
    reset_moments_,
)

FEATURES = torch.tensor([3, 9])


def trained(name, **overrides):
    sae, x = fitted(name, **overrides), residues()
    optimizer = torch.optim.Adam(sae.parameters(), lr=0.01)
    sae.loss(x, sae(x), sparsity_scale=1.0, progress=0.5).total.backward()
    optimizer.step()
    sae.constrain_()
    return sae, optimizer


def others_of(d_sae):
    return [i for i in range(d_sae) if i not in FEATURES.tolist()]


@pytest.mark.parametrize("name", SHIPPED)
def test_moments_of_these_features_are_zeroed_and_no_others(name):
    sae, optimizer = trained(name)
    before = {parameter: copy.deepcopy(state) for parameter, state in optimizer.state.items()}
    reset_moments_(sae, optimizer, FEATURES)
    for key, parameter, axis in feature_parameters(sae):
        for moment in ("exp_avg", "exp_avg_sq"):
            now, then = optimizer.state[parameter][moment], before[parameter][moment]
            assert not now.index_select(axis, FEATURES).any(), key
            others = torch.tensor(others_of(sae.d_sae))
            assert torch.equal(now.index_select(axis, others), then.index_select(axis, others))
    assert torch.equal(optimizer.state[sae.b_dec]["exp_avg"], before[sae.b_dec]["exp_avg"])


@pytest.mark.parametrize("name", SHIPPED)
def test_replaced_features_point_at_their_directions_and_others_stay(name):
    sae, _ = trained(name)
    before = copy.deepcopy(sae)
    directions = normalize(residues(2, seed=5), dim=1)
    replace_weights_(sae, FEATURES, directions, encoder_scale=0.2)
    others = others_of(sae.d_sae)
    mean_encoder_norm = before.W_enc[:, others].norm(dim=0).mean()
    torch.testing.assert_close(sae.W_enc[:, FEATURES], 0.2 * mean_encoder_norm * directions.T)
    torch.testing.assert_close(
        sae.W_dec[FEATURES], before.W_dec[others].norm(dim=1).mean() * directions
    )
    assert not sae.b_enc[FEATURES].any()
    for key, parameter, axis in feature_parameters(sae):
        index = torch.tensor(others)
        old = before.get_parameter(key)
        assert torch.equal(parameter.index_select(axis, index), old.index_select(axis, index)), key
    assert torch.equal(sae.b_dec, before.b_dec)


def test_a_threshold_of_another_architecture_becomes_the_mean_of_the_others():
    sae, _ = trained("relu")
    sae.threshold = nn.Parameter(torch.arange(16.0))
    replace_weights_(sae, FEATURES, torch.eye(6)[:2], encoder_scale=0.2)
    expected = sum(others_of(16)) / 14
    assert sae.threshold[FEATURES].tolist() == pytest.approx([expected] * 2)


def test_a_dictionary_as_wide_as_its_input_is_not_confused():
    sae, _ = trained("relu", d_sae=6)
    axes = {name: axis for name, _, axis in feature_parameters(sae)}
    assert axes == {"W_enc": 1, "W_dec": 0, "b_enc": 0}


def test_where_every_feature_is_replaced_norms_are_those_they_had():
    sae, _ = trained("relu", d_sae=2)
    mean = sae.W_enc.norm(dim=0).mean().clone()
    replace_weights_(sae, torch.tensor([0, 1]), torch.eye(6)[:2], encoder_scale=0.5)
    torch.testing.assert_close(sae.W_enc.norm(dim=0), 0.5 * mean.expand(2))
