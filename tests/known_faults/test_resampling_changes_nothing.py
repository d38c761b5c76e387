"""dictionary_learning: resampling assigned through chained indexing, which changes a copy."""

import pytest
import torch
from tests.sae.architectures import SHIPPED, fitted, loss, residues
from tests.training.revival.test_resampling import resampling

from interplm.training.revival.feature_parameters import feature_parameters

DEAD = torch.tensor([3, 4, 9])
# Two inputs for three dead features: the first two are replaced, the last one waits.
REPLACED = [3, 4]
KEPT = [feature for feature in range(16) if feature not in REPLACED]


def resampled(name):
    """An SAE before and after, and the optimiser, whose moments were all one."""
    sae, x = fitted(name), residues(2)
    before = {key: value.detach().clone() for key, value in sae.named_parameters()}
    optimizer = torch.optim.Adam(sae.parameters(), lr=0.0)
    loss(sae, x).total.backward()
    optimizer.step()
    for state in optimizer.state.values():
        state["exp_avg"].fill_(1.0)
        state["exp_avg_sq"].fill_(1.0)
    fired = torch.ones(sae.d_sae, dtype=torch.bool)
    fired[DEAD] = False
    revival = resampling(gather_steps=1)
    revival.observe_(9, sae, x, sae(x), fired)
    assert revival.after_step_(9, sae, optimizer).tolist() == REPLACED
    return before, sae, optimizer


@pytest.mark.parametrize("name", SHIPPED)
def test_weights_of_the_dead_features_are_others_afterwards(name):
    before, sae, _ = resampled(name)
    for key, parameter, axis in feature_parameters(sae):
        now, then = (values.movedim(axis, 0) for values in (parameter.detach(), before[key]))
        assert (now[REPLACED] != then[REPLACED]).all(), key
        torch.testing.assert_close(now[KEPT], then[KEPT])


@pytest.mark.parametrize("name", SHIPPED)
def test_the_optimiser_forgets_the_dead_features(name):
    _, sae, optimizer = resampled(name)
    for key, parameter, axis in feature_parameters(sae):
        for moment in ("exp_avg", "exp_avg_sq"):
            of_features = optimizer.state[parameter][moment].movedim(axis, 0)
            assert not of_features[REPLACED].any(), key
            assert of_features[KEPT].all(), key
