import os
import shutil
import tempfile
import zipfile

import pytest
import torch
from tests.damage import damaged_copies
from tests.training.runs import data, module, trainer
from tests.training.test_resume import assert_equal

from interplm.errors import BrokenArtifact, InaccessibleFile
from interplm.training.checkpoints import (
    CheckedCheckpointIO,
    newest_checkpoint,
    step_of,
)


def save(path, step=3):
    state = {"global_step": step, "weights": torch.arange(200.0), "settings": {"lr": 0.1}}
    CheckedCheckpointIO().save_checkpoint(state, path)
    return state


def test_what_was_saved_is_loaded(tmp_path):
    state = save(tmp_path / "a.ckpt")
    loaded = CheckedCheckpointIO().load_checkpoint(tmp_path / "a.ckpt", weights_only=True)
    assert_equal(loaded, state)
    assert step_of(tmp_path / "a.ckpt") == 3


def test_damage_is_an_error_and_not_another_number(tmp_path):
    path = tmp_path / "a.ckpt"
    state, n_found = save(path), 0
    for how in damaged_copies(path, n_flips=300, n_zeroed=40, n_cuts=40):
        try:
            loaded = CheckedCheckpointIO().load_checkpoint(path, weights_only=True)
        except BrokenArtifact:
            n_found += 1
        else:
            assert_equal(loaded, state, how)
    assert n_found > 250


def test_nothing_goes_through_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    save(tmp_path / "a.ckpt")
    assert step_of(tmp_path / "a.ckpt") == 3


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    save(tmp_path / "a.ckpt", step=3)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        save(tmp_path / "a.ckpt", step=4)
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]
    assert step_of(tmp_path / "a.ckpt") == 3


def test_the_newest_whole_one_is_found(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    save(tmp_path / "previous.ckpt", step=20)
    save(tmp_path / "last.ckpt", step=40)
    save(tmp_path / "next.ckpt", step=60)
    (tmp_path / "next.ckpt.partial").write_bytes(b"killed here")
    # The metrics of its step may be missing.
    assert newest_checkpoint(tmp_path) == tmp_path / "last.ckpt"


@pytest.mark.parametrize("cut", [0, 500])
def test_a_damaged_one_is_passed_over_with_a_warning(tmp_path, caplog, cut):
    save(tmp_path / "previous.ckpt", step=20)
    save(tmp_path / "last.ckpt", step=40)
    os.truncate(tmp_path / "last.ckpt", cut)
    assert newest_checkpoint(tmp_path) == tmp_path / "previous.ckpt"
    assert "last.ckpt is damaged and passed over" in caplog.text


def test_only_damaged_ones_are_refused(tmp_path):
    (tmp_path / "last.ckpt").write_bytes(b"torn")
    with pytest.raises(BrokenArtifact, match=r"last.ckpt is damaged, .* fresh=true starts"):
        newest_checkpoint(tmp_path)


def test_what_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    save(tmp_path / "last.ckpt")
    refuse = PermissionError(13, "no")
    monkeypatch.setattr(zipfile, "ZipFile", lambda _: (_ for _ in ()).throw(refuse))
    with pytest.raises(InaccessibleFile, match=r"last.ckpt can't be opened: this user has no"):
        newest_checkpoint(tmp_path)


def test_a_whole_file_of_something_else_is_refused(tmp_path):
    torch.save([1, 2], tmp_path / "a.ckpt")
    with pytest.raises(BrokenArtifact, match=r"a.ckpt is damaged"):
        step_of(tmp_path / "a.ckpt")


def test_a_checkpoint_of_lightning_s_own_is_read_too(tmp_path):
    made = trainer(tmp_path, n_steps=2)
    made.fit(module(), datamodule=data(tmp_path / "store"))
    made.save_checkpoint(tmp_path / "last.ckpt")
    shutil.copy(tmp_path / "last.ckpt", tmp_path / "epoch=0-step=2.ckpt")
    assert newest_checkpoint(tmp_path).suffix == ".ckpt"
    assert step_of(tmp_path / "last.ckpt") == 2
