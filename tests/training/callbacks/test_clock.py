"""Validation is no training time."""

import time

import lightning as L
from tests.training.runs import data, module, trainer

from interplm.training.callbacks import TrainingClock
from interplm.training.fitting import fit


class Slow(L.Callback):
    """Waits, in all validations or in all steps."""

    def __init__(self, *, validation=0.0, step=0.0):
        self.validation, self.step = validation, step

    def on_validation_epoch_end(self, trainer, pl_module):
        time.sleep(self.validation)

    def on_train_batch_end(self, trainer, *args):
        time.sleep(self.step)


def timed(folder, slow, **changes):
    clock, store = TrainingClock(), data(folder / "store")
    fitted = trainer(
        folder, n_steps=8, callbacks=[slow, clock], val_check_interval=4,
        check_val_every_n_epoch=None, **changes,
    )  # fmt: skip
    started = time.monotonic()
    fitted.fit(module(), datamodule=store)
    whole = time.monotonic() - started
    fitted.validate(fitted.lightning_module, datamodule=store, verbose=False)
    return clock.seconds, whole


def test_validations_are_left_out_also_the_one_that_follows(tmp_path):
    seconds, whole = timed(tmp_path, Slow(validation=0.3), num_sanity_val_steps=0)
    assert 0 < seconds <= whole - 2 * 0.3


def test_steps_are_counted_on_both_sides_of_a_validation(tmp_path):
    seconds, whole = timed(tmp_path, Slow(step=0.05))
    assert 8 * 0.05 <= seconds <= whole


def test_the_rate_is_that_of_the_steps(tmp_path):
    made, store = module(n_steps=8), data(tmp_path / "store")
    fitted = trainer(tmp_path, n_steps=8, callbacks=[Slow(step=0.05, validation=1.0)])
    rate = fit(fitted, made, store, checkpoint=None)["residues_per_second"]
    assert 0 < rate <= made.n_residues_trained / (8 * 0.05)
