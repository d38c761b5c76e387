"""Running jobs as a user does."""

import contextlib
import importlib
import io
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from unittest import mock

from tests.plms.checkpoints import network, write_official

# Small enough for a test, long enough to be interrupted.
FAST_TRAINING = (
    "sae.d_sae=32", "data.batch_size=64", "data.buffer_rows=256", "data.validation_fraction=0.1",
    "trainer.log_every_n_steps=1", "trainer.val_check_interval=50",
    "callbacks.checkpoint.every_n_train_steps=20", "callbacks.progress=null",
)  # fmt: skip


def command(job: str, *overrides: str) -> list[str]:
    return [sys.executable, "-m", f"interplm.{job}", *overrides]


def environment(data: Path) -> dict[str, str]:
    return os.environ | {"INTERPLM_DATA": str(data), "OMP_NUM_THREADS": "1"}


def run(
    job: str,
    *overrides: str,
    data: Path,
    cwd: Path | None = None,
    ok: bool = True,
    process: bool = False,
    **variables: str,
) -> "subprocess.CompletedProcess[str]":
    """Run to the end; with `ok` the exit status must be 0.

    In this process, which has imported it all, unless `process` or environment variables ask for
    one of its own.
    """
    if process or variables:
        done = subprocess.run(
            command(job, *overrides),
            env=environment(data) | variables,
            cwd=cwd or data,
            capture_output=True,
            text=True,
            check=False,
        )
    else:
        done = run_here(job, *overrides, cwd=cwd or data, variables=environment(data))
    if ok:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


def run_here(
    job: str, *overrides: str, cwd: Path, variables: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run to the end in this process, with its environment and that of a command in `cwd`."""
    main = importlib.import_module(f"interplm.{job}").main
    said, status = {"stdout": io.StringIO(), "stderr": io.StringIO()}, 0
    with (
        mock.patch.dict(os.environ, variables),
        mock.patch.object(sys, "argv", [f"interplm.{job}", *overrides]),
        mock.patch.object(sys, "path", [str(cwd), *sys.path]),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(said["stdout"]),
        contextlib.redirect_stderr(said["stderr"]),
    ):
        os.environ.pop("HYDRA_FULL_ERROR", None)
        try:
            main()
        except SystemExit as left:
            # As Python does: a text goes to stderr, with status 1.
            status = left.code if isinstance(left.code, int) else int(left.code is not None)
            if isinstance(left.code, str):
                said["stderr"].write(f"{left.code}\n")
        finally:
            _close_logs()
    stdout, stderr = (stream.getvalue() for stream in said.values())
    return subprocess.CompletedProcess(command(job, *overrides), status, stdout, stderr)


def _close_logs() -> None:
    """Hydra leaves the log of its last job open, and writing to the streams of that job."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, logging.FileHandler) or type(handler) is logging.StreamHandler:
            root.removeHandler(handler)
            handler.close()


def kill_when(condition: Callable[[], bool], job: str, *overrides: str, data: Path) -> None:
    """Start a job and send it SIGKILL as soon as the condition holds."""
    stop_when(condition, signal.SIGKILL, job, *overrides, data=data)


def stop_when(
    condition: Callable[[], bool], signum: signal.Signals, job: str, *overrides: str, data: Path
) -> "subprocess.CompletedProcess[str]":
    """Start a job, send it a signal as soon as the condition holds, and wait for its end."""
    process = subprocess.Popen(
        command(job, *overrides), env=environment(data), cwd=data, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    deadline = time.monotonic() + 180
    while not condition():
        assert process.poll() is None, "the job ended before it could be stopped"
        assert time.monotonic() < deadline, "the job never got so far"
        time.sleep(0.002)
    process.send_signal(signum)
    said, _ = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, said, "")


def refusal(job: str, *overrides: str, data: Path) -> str:
    """The one sentence with which a job refuses; it must leave with status 1."""
    done = run(job, *overrides, data=data, ok=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ")
    return last.removeprefix("error: ")


def write_proteins(folder: Path, n_proteins: int = 60) -> Path:
    path = folder / "proteins.fasta"
    letters = "ACDEFGHIKLMNPQRSTVWY"
    with path.open("w") as file:
        for number in range(n_proteins):
            length = 20 + number * 37 % 90
            sequence = "".join(letters[(number * i * i + 3 * i) % 20] for i in range(length))
            file.write(f">P{number}\n{sequence}\n")
    return path


def small_plm(folder: Path, seed: int = 0) -> tuple[str, ...]:
    """Overrides that make `plm=esm2_8m` a checkpoint of the test."""
    path = write_official(network(seed=seed), folder / f"esm2_small{seed}.pt")
    return (f"plm.weights={path}", "plm.d_model=40", "plm.name=small")
