import pytest

from interplm.errors import MissingArtifact
from interplm.runtime.run_folder import RunFolder

SETTINGS = {"seed": 0}


def test_a_new_run_has_neither_checkpoint_nor_result(tmp_path):
    run = RunFolder(tmp_path / "run")
    with run.claimed(SETTINGS, fresh=False):
        assert run.checkpoint is None
        assert run.result is None


def test_the_same_settings_find_the_checkpoint_that_an_interrupted_run_left(tmp_path):
    with RunFolder(tmp_path).claimed(SETTINGS, fresh=False):
        (tmp_path / "checkpoints").mkdir()
        (tmp_path / "checkpoints" / "last.ckpt").write_text("x")
        assert RunFolder(tmp_path).checkpoint == tmp_path / "checkpoints" / "last.ckpt"


def test_where_inputs_lie_may_change_without_making_another_run(tmp_path):
    for place in ("here", "there"):
        run = RunFolder(tmp_path)
        with run.claimed(SETTINGS, fresh=False):
            run.record_inputs({"plm": {"weights": place}})
    assert RunFolder(tmp_path).inputs == {"plm": {"weights": "there"}}
    assert RunFolder(tmp_path).settings == SETTINGS


def test_a_run_that_is_not_finished_is_refused(tmp_path):
    with pytest.raises(MissingArtifact, match="holds no finished run"):
        RunFolder(tmp_path).check_finished()


def test_a_file_that_is_missing_is_named_with_the_command_that_writes_it(tmp_path):
    with pytest.raises(MissingArtifact, match=r"inputs.yaml does not exist: run `python -m inter"):
        _ = RunFolder(tmp_path).inputs


def test_a_pruned_run_says_so_until_it_is_finished(tmp_path):
    run = RunFolder(tmp_path / "run")
    assert run.pruned is None
    run.record_pruned({"step": 5})
    assert run.pruned == {"step": 5}
    run.finish({"explained_variance": 1.0})
    assert run.pruned is None
