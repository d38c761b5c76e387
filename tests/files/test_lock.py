import errno
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from threading import Timer

import pytest

from interplm.errors import InaccessibleFile
from interplm.files import lock
from interplm.files.lock import Holder, InUse, locked

HOLD = """
import sys, time
from pathlib import Path
from interplm.files.lock import locked
with locked(Path(sys.argv[1]), what="the folder", shared=sys.argv[2] == "shared"):
    print("held", flush=True)
    sys.stdin.readline()
"""


class Other:
    """Another process that holds a lock until it is told to let go, or is killed."""

    def __init__(self, path, shared=False):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path), "shared" if shared else "alone"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        assert self.process.stdout.readline() == "held\n"

    def __enter__(self):
        return self.process.pid

    def __exit__(self, *_):
        self.process.communicate("go\n")


def test_the_second_writer_is_told_who_the_first_is(tmp_path):
    path = tmp_path / "lock"
    with (
        Other(path) as pid,
        pytest.raises(
            InUse,
            match=rf"the run is being written by process {pid} on .* since \d{{4}}-.*: wait for",
        ),
        locked(path, what="the run"),
    ):
        pass
    with locked(path, what="the run"):
        assert json.loads(path.read_text())["pid"] == os.getpid()
    assert not path.exists()


def test_a_killed_holder_holds_nothing(tmp_path):
    path = tmp_path / "lock"
    other = Other(path)
    other.process.kill()
    other.process.wait()
    assert path.exists()
    with locked(path, what="the run"):
        assert json.loads(path.read_text())["pid"] == os.getpid()
    assert not path.exists()


def test_an_error_lets_go(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path / "lock", what="the run"):
        raise KeyError
    with locked(tmp_path / "lock", what="the run"):
        pass


def test_those_that_share_it_keep_out_one_that_wants_it_alone(tmp_path):
    path = tmp_path / "lock"
    with Other(path, shared=True) as pid:
        with locked(path, what="the dataset", shared=True):
            pass
        assert path.exists()
        with (
            pytest.raises(InUse, match="the dataset is being written by process"),
            locked(path, what="the dataset"),
        ):
            pass
        assert str(pid) in path.read_text()
    assert not path.exists()


def test_one_that_has_it_alone_keeps_out_those_that_share(tmp_path):
    with (
        Other(tmp_path / "lock"),
        pytest.raises(InUse),
        locked(tmp_path / "lock", what="the dataset", shared=True),
    ):
        pass


def test_one_that_waits_is_served_when_the_other_lets_go(tmp_path, caplog):
    caplog.set_level("INFO")
    other = Other(tmp_path / "lock")
    Timer(0.3, other.__exit__).start()
    with locked(tmp_path / "lock", what="the weights", waits=True):
        assert json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()
    (said,) = caplog.messages
    assert said.startswith("Waiting: the weights is being written by process")


@pytest.fixture
def no_locks(monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", flock)


@pytest.mark.parametrize(
    ("changes", "is_held"),
    [
        ({"host": "elsewhere"}, True),
        ({"pid": 1}, True),  # which always lives, and is not this process
        ({"pid": 2**22 + 1}, False),  # above any that Linux gives
    ],
)
def test_without_locks_the_file_tells_who_is_there(tmp_path, no_locks, changes, is_held):
    path = tmp_path / "lock"
    path.write_text(json.dumps(asdict(replace(Holder.this_process(), **changes))))
    if not is_held:
        with locked(path, what="the run"):
            pass
        return
    with pytest.raises(InUse, match=rf"If it is gone, delete {path}"), locked(path, what="the run"):
        pass
    assert path.exists()


def test_without_locks_and_without_anybody_there_the_work_is_done(tmp_path, no_locks):
    with locked(tmp_path / "lock", what="the run"):
        assert json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()
    assert not (tmp_path / "lock").exists()


def test_a_folder_that_may_not_be_written_is_said(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with (
        pytest.raises(InaccessibleFile, match="read-only: choose another folder"),
        locked(tmp_path / "lock", what="the run"),
    ):
        pass
