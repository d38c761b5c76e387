import pytest

from interplm.errors import FingerprintMismatch, MissingArtifact
from interplm.runtime.run_folder import RunFolder

CONFIG = {"sae": {"k": 32, "d_sae": 2560}, "seed": 0}


def test_a_new_run_has_neither_checkpoint_nor_result(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.claim(CONFIG, fresh=False)
    assert run.checkpoint is None
    assert run.result is None


def test_the_same_config_finds_what_an_interrupted_run_left(tmp_path):
    run = RunFolder(tmp_path)
    run.claim(CONFIG, fresh=False)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.ckpt").write_text("x")
    again = RunFolder(tmp_path)
    again.claim(CONFIG, fresh=False)
    assert again.checkpoint == tmp_path / "checkpoints" / "last.ckpt"


def test_another_config_is_refused_with_the_difference_and_both_ways_out(tmp_path):
    RunFolder(tmp_path).claim(CONFIG, fresh=False)
    other = {"sae": {"k": 16, "d_sae": 2560}, "seed": 0}
    with pytest.raises(
        FingerprintMismatch, match=r"\(sae.k was 32, now 16\): choose another .*fresh="
    ):
        RunFolder(tmp_path).claim(other, fresh=False)


def test_a_new_setting_is_a_difference_too(tmp_path):
    RunFolder(tmp_path).claim(CONFIG, fresh=False)
    with pytest.raises(FingerprintMismatch, match=r"extra was None, now 1"):
        RunFolder(tmp_path).claim(CONFIG | {"extra": 1}, fresh=False)


def test_fresh_deletes_what_a_run_wrote_and_nothing_else(tmp_path):
    run = RunFolder(tmp_path)
    run.claim(CONFIG, fresh=False)
    run.record_inputs({"dataset": "a"})
    run.finish({"l0": 3.0})
    run.evaluation.write_text("x")
    (tmp_path / "sae").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    run.claim({"seed": 1}, fresh=True)
    assert run.result is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "notes.txt"]


def test_figures_come_back_from_a_finished_run(tmp_path):
    run = RunFolder(tmp_path)
    run.finish({"explained_variance": 0.9, "steps": 10})
    assert RunFolder(tmp_path).result == {"explained_variance": 0.9, "steps": 10}


def test_where_inputs_lie_may_change_without_making_another_run(tmp_path):
    for place in ("here", "there"):
        run = RunFolder(tmp_path)
        run.claim(CONFIG, fresh=False)
        run.record_inputs({"plm": {"weights": place}})
    assert RunFolder(tmp_path).inputs == {"plm": {"weights": "there"}}
    assert RunFolder(tmp_path).config == CONFIG


def test_a_file_that_is_missing_is_named_with_the_command_that_writes_it(tmp_path):
    with pytest.raises(MissingArtifact, match=r"inputs.yaml does not exist: run `python -m inter"):
        _ = RunFolder(tmp_path).inputs
