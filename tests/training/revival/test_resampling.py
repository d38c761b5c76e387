import logging

import pytest
import torch
from tests.ranks import as_two_ranks
from tests.sae.architectures import fitted, residues
from tests.training.runs import SHIPPED, build_revival, data, module, trainer
from torch.nn.functional import normalize

from interplm.training.revival import Resampling

SETTINGS = {
    "n_steps": 40, "every_fraction": 0.25, "n_times": 2, "look_back_fraction": 0.1,
    "gather_steps": 3, "encoder_scale": 0.2, "rewarmup_fraction": 0.1, "seed": 0,
}  # fmt: skip
DEAD = torch.tensor([4, 6])


def resampling(**changes):
    return Resampling(**SETTINGS | changes)


def run(revival, sae, steps, *, dead=DEAD, loud=None):
    """Let it watch batches of 32 residues, in `loud` of which the dead fire; return what it did."""
    optimizer = torch.optim.Adam(sae.parameters())
    replaced = {}
    for step in steps:
        x = residues(seed=100 + step)
        fired = torch.ones(sae.d_sae, dtype=torch.bool)
        fired[dead] = step == loud
        revival.observe_(step, sae, x, sae(x), fired)
        features = revival.after_step_(step, sae, optimizer)
        if features is not None:
            replaced[step + 1] = features.tolist()
    return replaced


def test_it_happens_at_its_times_and_not_after_the_last_step():
    assert list(run(resampling(), fitted("relu"), range(40))) == [10, 20]
    assert list(run(resampling(n_times=9), fitted("relu"), range(40))) == [10, 20, 30]


def test_dead_is_what_was_silent_in_the_steps_looked_back_upon():
    assert run(resampling(), fitted("relu"), range(10), loud=5) == {10: [4, 6]}
    assert run(resampling(), fitted("relu"), range(10), loud=6) == {}


@pytest.mark.parametrize("name", SHIPPED)
def test_dead_features_become_inputs_of_the_last_batches(name):
    sae = fitted(name)
    assert run(resampling(), sae, range(10)) == {10: [4, 6]}
    inputs = torch.cat([residues(seed=100 + step) for step in (7, 8, 9)])
    directions = normalize(sae.input_transform(inputs) - sae.b_dec, dim=1)
    cosines = normalize(sae.W_dec[DEAD].detach(), dim=1) @ directions.T
    torch.testing.assert_close(cosines.amax(dim=1), torch.ones(2))
    assert len(set(cosines.argmax(dim=1).tolist())) == 2


def test_badly_reconstructed_inputs_are_chosen_by_the_fourth_power_of_their_error():
    sae, chosen = fitted("relu"), [0, 0]
    x = residues(2)
    squared = sae.error(x, sae(x)).detach().square().sum(dim=1)
    expected = float(squared[1] ** 2 / (squared**2).sum())
    fired = torch.ones(16, dtype=torch.bool)
    for seed in range(1000):
        revival = resampling(seed=seed)
        revival.observe_(9, sae, x, sae(x), fired)
        chosen[int(torch.equal(revival._inputs.rows[0], x[1]))] += 1
    assert 0.02 < expected < 0.98
    assert abs(chosen[1] / 1000 - expected) < 0.05


def test_the_learning_rate_warms_up_again_only_after_something_was_resampled():
    revival = resampling()
    run(revival, fitted("relu"), range(10))
    assert [revival.lr_scale(step) for step in (10, 11, 13, 14)] == [0.25, 0.5, 1.0, 1.0]
    idle = resampling()
    run(idle, fitted("relu"), range(10), dead=DEAD[:0])
    assert idle.lr_scale(10) == 1.0


def test_with_fewer_inputs_than_dead_features_the_rest_waits(caplog):
    sae = fitted("relu")
    with caplog.at_level(logging.INFO):
        revival = resampling(gather_steps=1)
        x = residues(1)
        fired = torch.zeros(16, dtype=torch.bool)
        revival.observe_(9, sae, x, sae(x), fired)
        assert revival.after_step_(9, sae, torch.optim.Adam(sae.parameters())).tolist() == [0]
    assert "Step 10: 16 of 16 features are dead, 1 of them are resampled" in caplog.text


def test_the_shipped_settings_are_a_recipe_of_the_paper():
    made = build_revival("resampling", n_steps=200_000)
    assert (made._every, made.n_times, made._look_back) == (25_000, 4, 12_500)


def resample_with_own_batches(index, folder):
    sae, revival = fitted("relu"), resampling(gather_steps=1)
    fired = torch.ones(16, dtype=torch.bool)
    fired[DEAD] = False
    x = residues(20 + index, seed=index)
    revival.observe_(9, sae, x, sae(x), fired)
    revival.after_step_(9, sae, torch.optim.Adam(sae.parameters()))
    torch.save(sae.state_dict(), folder / str(index))


def test_ranks_with_different_batches_end_with_the_same_weights(tmp_path):
    as_two_ranks(resample_with_own_batches, tmp_path, tmp_path)
    one, other = (torch.load(tmp_path / str(index)) for index in range(2))
    before = fitted("relu")
    for key, value in one.items():
        assert torch.equal(value, other[key]), key
    assert not torch.equal(one["W_dec"][DEAD], before.W_dec[DEAD])
    alive = [i for i in range(16) if i not in DEAD.tolist()]
    assert torch.equal(one["W_enc"][:, alive], before.W_enc[:, alive])


def test_training_with_it_leaves_no_feature_dead_that_was_dead_from_the_start(tmp_path):
    made = module("relu", n_steps=60, dead_after_residues=600)
    made.revival = resampling(n_steps=60, rewarmup_fraction=0.05)
    with torch.no_grad():
        made.sae.b_enc[:8] = -1e3
    trainer(tmp_path, n_steps=60).fit(made, datamodule=data(tmp_path / "store"))
    made.activity.look_()
    assert len(made.activity.dead) == 0
    torch.testing.assert_close(made.sae.W_dec.norm(dim=1), torch.ones(16))


@pytest.mark.parametrize("change", [{"n_times": 0}, {"gather_steps": 0}, {"encoder_scale": 0.0}])
def test_settings_that_would_do_nothing_are_refused(change):
    with pytest.raises(ValueError, match=r"revival.n_times and revival.gather_steps must be"):
        resampling(**change)


def test_a_fraction_out_of_range_is_named():
    with pytest.raises(ValueError, match=r"revival.every_fraction must be in 0..1, got 2"):
        resampling(every_fraction=2)
