import re

import pytest
from tests.training.runs import data, module, trainer

from interplm.training.callbacks import TrainingProgress


def lines(capsys):
    return re.split(r"[\r\n]+", capsys.readouterr().err)


def fit(folder, made, **changes):
    trainer(folder, callbacks=[TrainingProgress()], n_steps=30, **changes).fit(
        made, datamodule=data(folder / "store")
    )


def test_steps_of_the_whole_run_are_counted_over_its_epochs(tmp_path, capsys):
    fit(tmp_path, module("topk", n_steps=30))  # an epoch has 23 batches
    said = lines(capsys)
    last = next(line for line in reversed(said) if line.strip())
    assert re.match(r"training: 100%.* 30/30 \[.*step", last)
    figures = r"loss [\d.e-]+, L0 \d\.\d, explained -?\d\.\d{4}, dead \d+\.\d\d %\]"
    assert re.search(figures, last)
    assert not any("Epoch" in line for line in said)


def test_accumulated_batches_are_not_steps(tmp_path, capsys):
    fit(tmp_path, module("topk", n_steps=30), accumulate_grad_batches=3)
    assert any(re.search(r"100%.* 30/30 ", line) for line in lines(capsys))


def test_a_resumed_run_begins_where_it_was(tmp_path, capsys):
    first = trainer(tmp_path, n_steps=20)
    first.fit(module("topk", n_steps=30), datamodule=data(tmp_path / "store"))
    first.save_checkpoint(tmp_path / "last.ckpt")
    second = trainer(tmp_path, callbacks=[TrainingProgress()], n_steps=30)
    second.fit(module("topk", n_steps=30), datamodule=data(tmp_path / "store"),
               ckpt_path=tmp_path / "last.ckpt", weights_only=True)  # fmt: skip
    assert any(re.search(r" 67%.* 20/30 ", line) for line in lines(capsys))


def test_validation_is_said(tmp_path, capsys):
    fit(tmp_path, module("topk", n_steps=30), val_check_interval=10, check_val_every_n_epoch=None)
    assert any(line.startswith("validation: ") for line in lines(capsys))


def test_an_error_gets_a_line_of_its_own(tmp_path, capsys):
    made = module("topk", n_steps=30)

    def fail(*args):
        raise RuntimeError("no more")

    made.on_before_optimizer_step = fail
    with pytest.raises(RuntimeError, match="no more"):
        fit(tmp_path, made)
    assert capsys.readouterr().err.endswith("\n")
