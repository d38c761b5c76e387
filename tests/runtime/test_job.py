import errno
import os
import re
import signal

import pytest
from tests.jobs import environment, refusal, run

from interplm.errors import BrokenArtifact, UserError
from interplm.runtime.job import BAR_VARIABLE, HUGE_PAGES_VARIABLE, job


def leave_with(monkeypatch, error):
    """Exit message of a train job whose function raises."""

    @job("train")
    def main(cfg):
        raise error

    monkeypatch.setattr("sys.argv", ["interplm", "layer=3", "proteins.path=x", "hydra.run.dir=."])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    # The frame sets it for Hydra; setting it here has it removed again after the test.
    monkeypatch.setenv("HYDRA_FULL_ERROR", "")
    monkeypatch.delenv("HYDRA_FULL_ERROR")


def test_a_user_s_error_is_its_own_sentence(monkeypatch):
    error = UserError("the file is gone: bring it back.")
    assert leave_with(monkeypatch, error) == "error: the file is gone: bring it back."


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"),
     OSError(errno.EDQUOT, "Disk quota exceeded"),
     OSError(f"Can't write data (file write failed: errno = {errno.ENOSPC})")],
)  # fmt: skip
def test_a_full_disk_is_a_sentence_with_the_mend(monkeypatch, error):
    assert re.match(r"error: The disk is full: free some space", leave_with(monkeypatch, error))


def test_an_error_that_is_not_the_user_s_keeps_its_traceback(monkeypatch):
    with pytest.raises(ZeroDivisionError):
        leave_with(monkeypatch, ZeroDivisionError())


@pytest.mark.parametrize("words", [["hydra.run.dir=."], ["--multirun", "seed=0,1"]])
def test_a_signal_in_native_code_is_no_damaged_file(monkeypatch, capsys, words):
    n_runs = 0

    @job("train")
    def main(cfg):
        nonlocal n_runs
        n_runs += 1
        if n_runs > 1:
            return
        try:
            os.kill(os.getpid(), signal.SIGINT)
            signal.pause()
        except BaseException as stop:
            raise BrokenArtifact("sae.safetensors is damaged.") from stop

    monkeypatch.setattr("sys.argv", ["interplm", "layer=3", "proteins.path=x", *words])
    with pytest.raises(SystemExit) as left:
        main()
    assert (left.value.code, n_runs) == (130, 1)
    assert "Stopped by SIGINT" in capsys.readouterr().err


def test_a_traceback_is_given_on_request(monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(UserError):
        leave_with(monkeypatch, UserError("wrong"))


def test_a_misspelt_setting_is_answered_with_the_nearest_one(tmp_path):
    said = refusal("embed", "embeding.dtype=float32", data=tmp_path)
    assert "embeding.dtype is not a setting of this job: did you mean embedding.dtype?" in said


def test_a_missing_value_names_the_setting(tmp_path):
    said = refusal("embed", "proteins.path=x.fasta", data=tmp_path)
    assert said == "layers has no value: give one on the command line, layers=..."


def test_the_sentence_comes_alone_with_status_1(tmp_path):
    done = run("embed", "proteins.path=x.fasta", data=tmp_path, ok=False, process=True)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "error: layers has no value: give one on the command line, layers=..."
    )


def test_help_lists_the_settings_and_needs_no_torch(tmp_path):
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "torch.py").write_text("raise ImportError('--help imported torch')")
    path = os.pathsep.join([str(trap), environment(tmp_path).get("PYTHONPATH", "")])
    done = run("train", "--help", data=tmp_path, PYTHONPATH=path)
    assert "batch_size: 4096  " in done.stdout


@pytest.mark.parametrize(("given", "used"), [(None, "1"), ("0", "0")])
def test_large_tensors_lie_on_large_pages_unless_the_user_says_otherwise(monkeypatch, given, used):
    monkeypatch.setenv(HUGE_PAGES_VARIABLE, "")
    monkeypatch.delenv(HUGE_PAGES_VARIABLE)
    if given is not None:
        monkeypatch.setenv(HUGE_PAGES_VARIABLE, given)
    leave_with(monkeypatch, UserError("as a job that was started"))
    assert os.environ[HUGE_PAGES_VARIABLE] == used


@pytest.mark.parametrize(("on_screen", "given", "used"), [
    (True, None, None), (False, None, "10"), (False, "1", "1"),
])  # fmt: skip
def test_progress_is_drawn_seldom_in_a_file(monkeypatch, on_screen, given, used):
    monkeypatch.setenv(BAR_VARIABLE, "")
    monkeypatch.delenv(BAR_VARIABLE)
    if given is not None:
        monkeypatch.setenv(BAR_VARIABLE, given)
    monkeypatch.setattr("sys.stderr.isatty", lambda: on_screen)
    leave_with(monkeypatch, UserError("as a job that was started"))
    assert os.environ.get(BAR_VARIABLE) == used
