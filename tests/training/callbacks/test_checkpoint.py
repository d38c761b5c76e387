import os
import signal
from contextlib import nullcontext

import pytest
from tests.training.runs import data, module, trainer

from interplm.training.callbacks import RunCheckpoint
from interplm.training.checkpoints import newest_checkpoint, step_of
from interplm.training.fitting import fit
from interplm.training.metrics_csv import MetricsCSV


def steps_in(folder):
    return {path.name: step_of(path) for path in folder.iterdir()}


def fit_steps(folder, n_steps=20, *, made=None, every=6, **changes):
    callback = RunCheckpoint(folder=folder / "checkpoints", every_n_train_steps=every)
    fitted = trainer(
        folder, n_steps=n_steps, callbacks=[callback], enable_checkpointing=True, **changes
    )
    store = data(folder / "store")
    fit(fitted, made or module(n_steps=n_steps), store, checkpoint=None)
    return callback


def test_the_newest_and_the_one_before_are_kept(tmp_path):
    callback = fit_steps(tmp_path)
    assert steps_in(tmp_path / "checkpoints") == {"last.ckpt": 18, "previous.ckpt": 12}
    assert callback.saved_step == 18


def test_a_kill_between_two_renames_loses_nothing(tmp_path, monkeypatch):
    fit_steps(tmp_path, 12)
    folder = tmp_path / "checkpoints"
    (folder / "last.ckpt").replace(folder / "previous.ckpt")
    assert newest_checkpoint(folder) == folder / "previous.ckpt"


def test_accumulated_gradients_are_not_cut_apart(tmp_path):
    fit_steps(tmp_path, 12, accumulate_grad_batches=3)
    assert steps_in(tmp_path / "checkpoints") == {"last.ckpt": 12, "previous.ckpt": 6}


def test_a_trial_of_one_batch_keeps_nothing(tmp_path):
    fit_steps(tmp_path, every=1, fast_dev_run=True)
    assert not (tmp_path / "checkpoints").exists()


VALIDATED = {"val_check_interval": 6, "check_val_every_n_epoch": None}


class DyingLog(MetricsCSV):
    """Ends the run in place of logging a step."""

    dies_at = None

    def log_metrics(self, metrics, step=None):
        if step == self.dies_at:
            raise RuntimeError("killed")
        super().log_metrics(metrics, step)


@pytest.mark.parametrize("step", [11, 17])
def test_killed_before_the_step_of_a_checkpoint_is_logged_it_is_made_again(tmp_path, step):
    whole = logged_by(tmp_path / "whole", validates=False)
    logged_by(tmp_path / "killed", validates=False, dies_at_row=step)
    newest = newest_checkpoint(tmp_path / "killed" / "checkpoints")
    assert (newest and step_of(newest)) == {11: 6, 17: 12}[step]
    assert logged_by(tmp_path / "killed", validates=False, checkpoint=newest) == whole


def logged_by(folder, *, checkpoint=None, dies_at=None, dies_at_row=None, validates=True):
    """Rows of metrics of a run that validates where it saves; or of the part until it dies."""
    made, path = module(n_steps=20), folder / "metrics.csv"
    log = DyingLog(path=path)
    log.dies_at = dies_at_row
    if dies_at is not None:

        def dying():
            if made.global_step == dies_at:
                raise RuntimeError("killed")

        made.on_validation_start = dying
    if checkpoint is not None:
        log.resume(step_of(checkpoint))
    callback = RunCheckpoint(folder=folder / "checkpoints", every_n_train_steps=6)
    fitted = trainer(
        folder,
        n_steps=20,
        callbacks=[callback],
        enable_checkpointing=True,
        logger=log,
        **VALIDATED if validates else {},
    )
    store = data(folder / "store")
    dies = dies_at or dies_at_row
    with pytest.raises(RuntimeError, match="killed") if dies else nullcontext():
        fitted.fit(made, datamodule=store, ckpt_path=checkpoint, weights_only=True)
    return path.read_text()


@pytest.mark.parametrize("dies_at", [12, 18])
def test_killed_within_a_validation_it_is_made_again(tmp_path, dies_at):
    whole = logged_by(tmp_path / "whole")
    assert whole.count("\n") > 20
    logged_by(tmp_path / "killed", dies_at=dies_at)
    last = tmp_path / "killed" / "checkpoints" / "last.ckpt"
    assert step_of(last) == dies_at - 6
    assert logged_by(tmp_path / "killed", checkpoint=last) == whole


def test_a_checkpoint_after_a_validation_does_not_repeat_it(tmp_path):
    whole = logged_by(tmp_path)
    last = tmp_path / "checkpoints" / "last.ckpt"
    assert step_of(last) == 18
    assert logged_by(tmp_path, checkpoint=last) == whole


def stop_at(made, step, signum):
    """Send the signal to this process while the module trains on a step."""
    update = made.sae.update_

    def stopping(output):
        if made.global_step == step:
            os.kill(os.getpid(), signum)
        update(output)

    made.sae.update_ = stopping
    return made


@pytest.mark.parametrize("accumulate", [1, 2])
def test_sigterm_leaves_with_143_and_keeps_the_step(tmp_path, caplog, accumulate):
    made = stop_at(module(n_steps=20), 8, signal.SIGTERM)
    with pytest.raises(SystemExit) as left:
        fit_steps(tmp_path, made=made, accumulate_grad_batches=accumulate)
    assert left.value.code == 143
    # Where gradients were being accumulated, the last whole checkpoint is all there is.
    kept = {1: 9, 2: 6}[accumulate]
    assert step_of(tmp_path / "checkpoints" / "last.ckpt") == kept
    assert f"the same command goes on from step {kept}" in caplog.text


def test_ctrl_c_leaves_with_130_and_says_where_it_goes_on(tmp_path, caplog):
    made = stop_at(module(n_steps=20), 8, signal.SIGINT)
    with pytest.raises(SystemExit) as left:
        fit_steps(tmp_path, made=made)
    assert left.value.code == 130
    assert "Stopped by SIGINT at step 8; the same command goes on from step 6." in caplog.text


def test_ctrl_c_in_native_code_that_raises_an_error_of_its_own_is_no_fault(tmp_path, caplog):
    made = stop_at(module(n_steps=20), 8, signal.SIGINT)
    stopping = made.sae.update_

    def hiding(output):
        try:
            stopping(output)
        except KeyboardInterrupt:
            raise ValueError("no shape") from None

    made.sae.update_ = hiding
    with pytest.raises(SystemExit) as left:
        fit_steps(tmp_path, made=made)
    assert left.value.code == 130
    assert "Stopped by SIGINT at step 8; the same command goes on from step 6." in caplog.text


def test_stopped_before_any_checkpoint_it_says_so(tmp_path, caplog):
    made = stop_at(module(n_steps=20), 2, signal.SIGINT)
    with pytest.raises(SystemExit):
        fit_steps(tmp_path, made=made)
    assert "the same command starts over: no checkpoint was due" in caplog.text


def test_no_steps_between_checkpoints_are_refused(tmp_path):
    with pytest.raises(ValueError, match="every_n_train_steps must be at least 1, got 0"):
        RunCheckpoint(folder=tmp_path, every_n_train_steps=0)


def test_killed_after_its_last_step_a_run_logs_the_last_validation_as_of_the_same_step(tmp_path):
    written = []
    for checkpoint in (None, tmp_path / "checkpoints" / "last.ckpt"):
        log = MetricsCSV(path=tmp_path / "metrics.csv")
        callback = RunCheckpoint(folder=tmp_path / "checkpoints", every_n_train_steps=6)
        fitted = trainer(
            tmp_path, n_steps=12, callbacks=[callback], enable_checkpointing=True, logger=log
        )
        fit(fitted, module(n_steps=12), data(tmp_path / "store"), checkpoint=checkpoint)
        written.append((tmp_path / "metrics.csv").read_text())
    assert written[0].splitlines()[-1].startswith("12,")
    assert written[1] == written[0]
