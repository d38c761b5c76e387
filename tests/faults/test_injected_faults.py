"""A few faults of each kind; `make faults` tries many more."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.faults.children import Ended
from tests.faults.injected import Outcome
from tests.faults.workspace import differences, meaning

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_embedding_outlives_kills_signals_limits_and_a_neighbour(tmp_path):
    # In a process of its own: what is forked must have no threads.
    done = subprocess.run(
        [sys.executable, "experiments/faults/inject_faults.py", "--n", "1", "--jobs", "embed"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for kind in ("SIGKILL", "SIGINT", "SIGTERM", "few descriptors", "read-only folder"):
        assert f"kind={kind} job=embed" in done.stdout + done.stderr


def ended(status, said):
    return Ended(status=status, said=said, seconds=1.0)


@pytest.mark.parametrize(
    ("left", "is_found"),
    [
        (ended(0, "done\n"), False),
        (ended(1, "training:  3%\rerror: The disk is full: free some space.\n"), False),
        (ended(1, "Traceback (most recent call last):\nOSError\n"), True),
        (ended(1, "error: odd\nTraceback\n"), True),
        (ended(-signal.SIGSEGV, ""), True),
    ],
)
def test_what_is_neither_done_nor_a_sentence_is_a_finding(left, is_found):
    outcome = Outcome("full disk", "embed")
    outcome.judge(left)
    assert bool(outcome.findings) == is_found
    assert outcome.unhurt == (left.status == 0)


def test_a_job_told_to_stop_must_say_so_by_its_status():
    outcome = Outcome("SIGTERM", "train")
    outcome.judge(ended(143, "Stopped by SIGTERM."), stopped_with=143)
    assert outcome.findings == []
    outcome.judge(ended(1, "error: broken"), stopped_with=143)
    assert len(outcome.findings) == 1


def test_contents_differ_where_the_numbers_do_and_not_where_the_clock_does(tmp_path):
    path = tmp_path / "result.yaml"
    path.write_text("loss: 1.5\nresidues_per_second: 7\n")
    first = meaning(path)
    path.write_text("# checksum: 0\nloss: 1.5\nresidues_per_second: 8\n")
    assert meaning(path) == first
    path.write_text("loss: 1.25\nresidues_per_second: 7\n")
    found = {"a": first, "b": "", "new": ""}
    assert differences(found, {"a": meaning(path), "b": "", "gone": ""}) == [
        "a is other", "gone is missing", "new is odd",
    ]  # fmt: skip
