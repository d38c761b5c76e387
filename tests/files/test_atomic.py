import subprocess
import sys
import time

import pytest
import torch
from safetensors.torch import save_file

from interplm.files.atomic import folder_written_aside, written_aside


def test_the_file_appears_whole_and_its_folder_is_made(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with written_aside(path) as partial:
        partial.write_text("done")
        assert not path.exists()
    assert path.read_text() == "done"
    assert list(path.parent.iterdir()) == [path]


def test_a_new_file_has_the_rights_that_the_user_gives_new_files(tmp_path):
    (tmp_path / "plain").touch()
    path = tmp_path / "weights.safetensors"
    with written_aside(path) as partial:
        save_file({"a": torch.ones(2)}, partial)
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail_halfway() -> None:
        with written_aside(path) as partial:
            partial.write_text("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_halfway()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "sae"
    (tmp_path / "sae.partial").mkdir()  # of a process that was killed
    (tmp_path / "sae.partial" / "old").touch()

    def fail_halfway() -> None:
        with folder_written_aside(path) as partial:
            (partial / "a").touch()
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_halfway()
    assert list(tmp_path.iterdir()) == []
    with folder_written_aside(path) as partial:
        (partial / "a").touch()
    assert list(tmp_path.rglob("*")) == [path, path / "a"]


def test_a_killed_process_leaves_the_old_file_and_the_next_attempt_succeeds(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    code = (
        "import sys, time; from pathlib import Path; from interplm.files.atomic import "
        "written_aside\nwith written_aside(Path(sys.argv[1])) as p:\n"
        "  p.write_text('half'); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    partial = tmp_path / "a.txt.partial"
    deadline = time.monotonic() + 20
    while not (partial.exists() and partial.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert path.read_text() == "old"
    with written_aside(path) as aside:
        aside.write_text("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_jobs_that_write_the_same_file_at_once_leave_it_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    with written_aside(path, by_several=True) as first:
        first.write_text("same")
        monkeypatch.setattr("os.getpid", lambda: -1)
        with written_aside(path, by_several=True) as second:
            second.write_text("same")
        assert path.read_text() == "same"
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "same"
