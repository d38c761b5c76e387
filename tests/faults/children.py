"""Jobs in processes that have imported everything already, so that hundreds of them can be tried.

The parent must have run no other thread and no job itself: what is forked from it is then like a
process of its own, which can be killed, limited and signalled.
"""

import contextlib
import importlib
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

Prepare = Callable[[], None]

# What moves the cursor, as progress bars do.
_CURSOR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def unlimited() -> None:
    """Nothing to prepare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a job left."""

    status: int
    said: str
    seconds: float

    @property
    def last_line(self) -> str:
        """Its last words, without what a progress bar drew over."""
        said = _CURSOR.sub("\n", self.said.replace("\r", "\n"))
        lines = [line.strip() for line in said.splitlines()]
        return next((line for line in reversed(lines) if line), "")

    @property
    def is_sentence(self) -> bool:
        """Whether it refused as a user is to be told: status 1 and one sentence."""
        return (
            self.status == 1
            and "Traceback" not in self.said
            and self.last_line.startswith("error: ")
        )


class Child:
    """A job on its way.

    Args:
        job: its name.
        overrides: of its settings.
        data: data folder, where it runs too.
        log: takes what it says.
        prepare: called in the child before the job, to limit it.
        modules: takes the names of what it imported.
    """

    def __init__(
        self,
        job: str,
        overrides: tuple[str, ...],
        *,
        data: Path,
        log: Path,
        prepare: Prepare = unlimited,
        modules: Path | None = None,
    ) -> None:
        self._log = log
        self._began = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            _run(job, overrides, data, log, prepare, modules)

    def send(self, number: int) -> None:
        """A signal."""
        os.kill(self.pid, number)

    def wait(self, longest_s: float = 3000.0) -> Ended:
        """Until it ends; one that never does is killed, with status -9."""
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            seconds = time.monotonic() - self._began
            if pid:
                said = self._log.read_text(encoding="utf-8", errors="replace")
                return Ended(status=os.waitstatus_to_exitcode(status), said=said, seconds=seconds)
            if seconds > longest_s:
                self.send(signal.SIGKILL)
            time.sleep(0.002)


def _run(
    job: str,
    overrides: tuple[str, ...],
    data: Path,
    log: Path,
    prepare: Prepare,
    modules: Path | None,
) -> NoReturn:
    status = 1
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        for stream in (1, 2):
            os.dup2(out, stream)
        os.chdir(data)
        os.environ["INTERPLM_DATA"] = str(data)
        os.environ.pop("HYDRA_FULL_ERROR", None)
        sys.argv = [f"interplm.{job}", *overrides]
        main = importlib.import_module(f"interplm.{job}").main
        prepare()
        main()
        status = 0
        if modules is not None:
            modules.write_text("\n".join(sys.modules), encoding="utf-8")
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
        if isinstance(left.code, str):
            sys.stderr.write(f"{left.code}\n")
    except BaseException:  # noqa: BLE001 - as the interpreter would
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def limited(**limits: int) -> Prepare:
    """Set limits such as `RLIMIT_NOFILE=20`; RLIMIT_AS is in bytes on top of what is used."""

    def prepare() -> None:
        for name, value in limits.items():
            used = _address_space() if name == "RLIMIT_AS" else 0
            resource.setrlimit(getattr(resource, name), (used + value, used + value))

    return prepare


def temporary_files_in(folder: Path) -> Prepare:
    """They are made in `folder`."""

    def prepare() -> None:
        os.environ["TMPDIR"] = str(folder)
        tempfile.tempdir = None

    return prepare


def as_nobody() -> None:
    """What root may do, ordinary users may not."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def _address_space() -> int:
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def import_too(modules: Path) -> int:
    """Import in this process what a job imported, as far as it can be imported by itself.

    Returns:
        How many modules were new.
    """
    before = len(sys.modules)
    for name in modules.read_text(encoding="utf-8").splitlines():
        if name != "__main__" and name not in sys.modules:
            with contextlib.suppress(BaseException):
                importlib.import_module(name)
    return len(sys.modules) - before
