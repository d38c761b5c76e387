"""A run that is interrupted and resumed equals one that is not, bit for bit."""

import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from tests.training.runs import REVIVALS, SHIPPED, data, module, trainer

from interplm.training.callbacks import ExponentialMovingAverage

N_STEPS, N_BEFORE = 32, 15  # the resampling after step 16 gathers from step 15 on


def interrupted_and_whole(folder, make, **changes):
    """Fit one module to the end, another from the first one's checkpoint after 15 steps."""
    kept = ModelCheckpoint(folder, every_n_train_steps=N_BEFORE, save_top_k=-1)
    changes = {"val_check_interval": 10, "check_val_every_n_epoch": None} | changes
    whole = make()
    ema = [ExponentialMovingAverage(decay=0.9), ExponentialMovingAverage(decay=0.9)]
    first = trainer(
        folder, n_steps=N_STEPS, callbacks=[kept, ema[0]], enable_checkpointing=True, **changes
    )
    first.fit(whole, datamodule=data(folder / "store"))
    torch.manual_seed(99)
    resumed = make()
    with torch.no_grad():
        resumed.sae.W_enc.zero_()
    second = trainer(folder, n_steps=N_STEPS, callbacks=[ema[1]], **changes)
    (checkpoint,) = folder.glob(f"*step={N_BEFORE}.ckpt")
    second.fit(resumed, datamodule=data(folder / "store"), ckpt_path=checkpoint, weights_only=True)
    return (first, whole), (second, resumed)


def assert_equal(one, other, path=""):
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other), path
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key, value in one.items():
            assert_equal(value, other[key], f"{path}/{key}")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), path
        for index, value in enumerate(one):
            assert_equal(value, other[index], f"{path}/{index}")
    else:
        assert one == other, path


def assert_same_run(one, other):
    (first, whole), (second, resumed) = one, other
    assert first.global_step == second.global_step == N_STEPS
    assert_equal(whole.state_dict(), resumed.state_dict())
    assert_equal(first.optimizers[0].state_dict(), second.optimizers[0].state_dict())
    logged = [run.callback_metrics for run in (first, second)]
    for name, value in logged[0].items():
        assert float(value) == float(logged[1][name]), name


# What an architecture keeps has nothing to do with what a remedy keeps: each meets some of the
# others.
PAIRS = sorted(
    {(name, REVIVALS[number % len(REVIVALS)]) for number, name in enumerate(SHIPPED)}
    | {(name, revival) for name in ("relu", "topk") for revival in REVIVALS}
)


@pytest.mark.parametrize(("name", "revival"), PAIRS)
def test_every_architecture_and_every_remedy(tmp_path, name, revival):
    def make():
        made = module(
            name, n_steps=N_STEPS, dead_after_residues=200, revival=revival, max_norm_multiple=1.3
        )
        # Features that die again after every step: there is always something to be revived.
        constrain = made.sae.constrain_
        made.sae.constrain_ = lambda: (constrain(), made.sae.b_enc.data[:4].fill_(-1e3))
        made.outliers.fit_(torch.full((3,), 2.5))
        return made

    one, other = interrupted_and_whole(tmp_path, make)
    assert_same_run(one, other)
    assert one[1].outliers.n_dropped > 0
    if revival == "resampling":
        assert one[1].revival.get_extra_state()["last_step"] == N_BEFORE


def test_with_gradients_accumulated_over_batches(tmp_path):
    one, other = interrupted_and_whole(
        tmp_path, lambda: module("topk", n_steps=N_STEPS), accumulate_grad_batches=3
    )
    assert_same_run(one, other)


def test_random_numbers_that_an_architecture_draws(tmp_path):
    drawn = []

    def make():
        made, numbers = module("relu", n_steps=N_STEPS), []
        drawn.append(numbers)
        made.sae.update_ = lambda output: numbers.append(float(torch.rand(())))
        return made

    interrupted_and_whole(tmp_path, make)
    whole, resumed = drawn
    assert len(set(whole)) == N_STEPS
    assert resumed == whole[N_BEFORE:]
