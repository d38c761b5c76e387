import gc
from functools import partial

import lightning as L
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from tests.activations.stores import write_store
from tests.evaluation.plms import RAGGED, plm, settings
from tests.ranks import two_ranks_of_ddp
from tests.training.runs import data, module, trainer

from interplm.errors import FingerprintMismatch, UserError
from interplm.evaluation import FidelityBenchmark
from interplm.training.callbacks import ReconstructionFidelity


@pytest.fixture
def sequences(tmp_path):
    path = tmp_path / "sequences.txt"
    path.write_text("\n".join(RAGGED))
    return path


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "store"
    write_store(folder, [[40] * 20, [40] * 20], d_model=40, layer=2, weights_sha256="0" * 64)
    return data(folder)


def callback(sequences, **changes):
    values = {
        "load_plm": plm,
        "settings": settings(sequences=str(sequences)),
        "every_n_validations": 1,
    }
    return ReconstructionFidelity(**values | changes)


def run(tmp_path, callbacks, **changes):
    options = {"n_steps": 12, "val_check_interval": 4, "check_val_every_n_epoch": None}
    return trainer(tmp_path, callbacks=callbacks, **options | changes)


class Measured(L.Callback):
    """What had been logged when each validation ended."""

    def __init__(self):
        self.at = {}

    def on_validation_end(self, trainer, pl_module):
        self.at[trainer.global_step] = trainer.callback_metrics.get("fidelity/loss_recovered")


def test_figures_of_the_sae_at_hand_are_logged_at_every_validation(tmp_path, sequences, store):
    made, seen = module("topk", d_in=40), Measured()
    fitted = run(tmp_path, [callback(sequences), seen])
    fitted.fit(made, datamodule=store)
    assert list(seen.at) == [4, 8, 12]
    assert len({float(value) for value in seen.at.values()}) == 3
    found = fitted.validate(made, datamodule=store, verbose=False)[0]
    expected = FidelityBenchmark(plm=plm(), layer=2, sequences=RAGGED, settings=settings())
    for name, value in expected.measure(made.sae).figures().items():
        assert found[f"fidelity/{name}"] == pytest.approx(value, rel=1e-4, abs=1e-5), name


def test_some_validations_can_be_passed_over_but_not_the_last_call(tmp_path, sequences, store):
    measured = []
    made = module("topk", d_in=40)
    chosen = callback(sequences, every_n_validations=2)
    fitted = run(tmp_path, [chosen])
    make = chosen._make_benchmark

    def watched(*arguments):
        prepared = make(*arguments)
        measure = prepared.measure
        prepared.measure = lambda sae: measured.append(fitted.global_step) or measure(sae)
        return prepared

    chosen._make_benchmark = watched
    fitted.fit(made, datamodule=store)
    assert measured == [8]
    assert "fidelity/kl" in fitted.validate(made, datamodule=store, verbose=False)[0]


@pytest.mark.parametrize("name", ["relu", "topk"])
def test_training_is_the_same_with_and_without(tmp_path, sequences, store, name):
    states = []
    for callbacks in ([], [callback(sequences)]):
        torch.manual_seed(0)
        made = module(name, d_in=40)
        run(tmp_path, callbacks).fit(made, datamodule=data(tmp_path / "store"))
        states.append((made.state_dict(), torch.get_rng_state()))
    assert torch.equal(states[0][1], states[1][1])
    for key, value in states[0][0].items():
        assert torch.equal(value, states[1][0][key]), key


def test_a_resumed_run_measures_what_an_uninterrupted_one_does(tmp_path, sequences, store):
    last = tmp_path / "checkpoints" / "step=6.ckpt"

    def fit(n_steps, checkpoint):
        torch.manual_seed(0)
        seen, made = Measured(), module("topk", d_in=40)
        keep = ModelCheckpoint(last.parent, "{step}", every_n_train_steps=6, save_top_k=-1)
        fitted = run(tmp_path, [callback(sequences), seen, keep], n_steps=n_steps,
                     enable_checkpointing=True)  # fmt: skip
        fitted.fit(made, datamodule=data(tmp_path / "store"), ckpt_path=checkpoint)
        return seen.at

    whole = fit(12, None)
    assert list(whole) == [4, 8, 12]
    resumed = fit(12, last)
    assert resumed == {step: whole[step] for step in (8, 12)}


def test_two_processes_share_the_sequences_and_find_what_one_finds(tmp_path, sequences, store):
    found = []
    for devices in (1, 2):
        torch.manual_seed(0)
        made = module("topk", d_in=40)
        options = {} if devices == 1 else {"devices": 2, "strategy": two_ranks_of_ddp()}
        fitted = run(tmp_path, [callback(sequences)], **options)
        fitted.validate(made, datamodule=data(tmp_path / "store"), verbose=False)
        found.append({
            name: float(value)
            for name, value in fitted.callback_metrics.items() if name.startswith("fidelity/")
        })  # fmt: skip
    assert found[0] == pytest.approx(found[1], rel=1e-4, abs=1e-5)


def test_the_count_of_validations_goes_on_after_a_resume(sequences):
    before, after = callback(sequences), callback(sequences)
    before._n_validations = 3
    after.load_state_dict(before.state_dict())
    assert after._n_validations == 3


def test_a_plm_other_than_the_activations_is_refused_before_training(tmp_path, sequences, store):
    other = callback(sequences, load_plm=partial(plm, seed=1))
    with pytest.raises(FingerprintMismatch, match=r"choose the matching plm, plm.weights"):
        run(tmp_path, [other]).fit(module("topk", d_in=40), datamodule=store)


def test_a_split_without_validation_proteins_is_refused_before_training(tmp_path, sequences, store):
    without = data(tmp_path / "store", validation_fraction=0.0)
    with pytest.raises(UserError, match=r"set data.validation_fraction above 0, or leave callback"):
        run(tmp_path, [callback(sequences)]).fit(module("topk", d_in=40), datamodule=without)


def test_no_validation_at_all_is_refused(sequences):
    with pytest.raises(ValueError, match="every_n_validations must be at least 1, got 0"):
        callback(sequences, every_n_validations=0)


def test_runs_of_one_process_share_the_plm_while_they_need_it(tmp_path, sequences, store):
    made = []

    def load(seed):
        made.append(seed)
        return plm()

    def validated(seed):
        chosen = callback(sequences, load_plm=partial(load, seed=seed))
        run(tmp_path, [chosen]).validate(module("topk", d_in=40), datamodule=store, verbose=False)
        return chosen

    first, second, other = validated(0), validated(0), validated(1)
    assert made == [0, 1]
    assert first._plm is second._plm is not other._plm
    del first, second
    gc.collect()
    validated(0)
    assert made == [0, 1, 0]
