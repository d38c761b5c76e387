"""Jobs of one process that take turns: several trainings that read the same batches."""

import ctypes
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from hydra.core.hydra_config import HydraConfig

from interplm.runtime.signals import Stopped

_SECONDS_BETWEEN_LOOKS = 0.2
# Of glibc's mallopt: the most arenas that threads take memory from.
_M_ARENA_MAX = -8


class Turns:
    """Jobs, each in a thread of its own, of which one runs at a time and in a fixed order.

    A job runs until it passes its turn on, and goes on when the others have had theirs. Since no
    two ever run at once, each may use what belongs to the process as if it were alone: Hydra's
    config, the command line, the environment, and PyTorch's threads. The result does not depend
    on the scheduler of the operating system.

    Args:
        n_jobs: that take turns.

    Attributes:
        shared: what the jobs have in common, by name, made by the first that asks for it.
        is_stopping: a signal has arrived, and every job is to leave.
    """

    def __init__(self, n_jobs: int) -> None:
        self.shared: dict[str, Any] = {}  # Any: the jobs know what it is
        self.is_stopping = False
        self._may_run = [threading.Semaphore(0) for _ in range(n_jobs)]
        self._active = list(range(n_jobs))
        self._all_left = threading.Event()
        self._job = threading.local()

    def run(self, jobs: Sequence[Callable[[], Any]]) -> list[Any]:
        """What each job returns (hence Any), once all have ended.

        Raises:
            Stopped: where a signal arrived, after the jobs have left.
            BaseException: what the first of those that failed raised; the others run to their end.
        """
        returned: list[Any] = [None] * len(jobs)
        errors: list[BaseException] = []
        start = _ProcessState()
        _share_memory()

        def work(number: int) -> None:
            self._job.number = number
            _current.turns = self
            self._may_run[number].acquire()
            start.restore()
            try:
                returned[number] = jobs[number]()
            except BaseException as error:  # noqa: BLE001  # raised again by `run`
                errors.append(error)
            finally:
                self._leave(number)

        threads = [
            threading.Thread(target=work, args=[n], name=f"job {n}") for n in range(len(jobs))
        ]
        for thread in threads:
            thread.start()
        self._may_run[0].release()
        stop = self._join(threads)
        start.restore()
        if stop is not None:
            raise stop
        if errors:
            raise errors[0]
        return returned

    def pass_on(self) -> None:
        """Let the others run, each until it passes its turn on or ends."""
        number: int = self._job.number
        following = self._after(number)
        if following == number:
            return
        mine = _ProcessState()
        self._may_run[following].release()
        self._may_run[number].acquire()
        mine.restore()

    def _after(self, number: int) -> int:
        return self._active[(self._active.index(number) + 1) % len(self._active)]

    def _leave(self, number: int) -> None:
        following = self._after(number)
        self._active.remove(number)
        if self._active:
            self._may_run[following].release()
        else:
            self._all_left.set()

    def _join(self, threads: Sequence[threading.Thread]) -> Stopped | None:
        stop: Stopped | None = None
        # Not `Thread.join`: an exception of a signal's handler within it makes Python take the
        # thread for ended, and the process would leave while it runs.
        while not self._all_left.is_set():
            try:
                self._all_left.wait(_SECONDS_BETWEEN_LOOKS)
            except Stopped as error:
                stop, self.is_stopping = error, True
        for thread in threads:
            thread.join()
        return stop


def _share_memory() -> None:
    """Let what one thread frees be used by the next, which by default has an arena of its own.

    Where the C library is another one, nothing changes.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, 1)


class _ProcessState:
    """What each job of a process has its own of, while it runs."""

    def __init__(self) -> None:
        self._hydra = HydraConfig.instance().cfg
        self._arguments = sys.argv
        self._environment = dict(os.environ)

    def restore(self) -> None:
        HydraConfig.instance().cfg = self._hydra
        sys.argv = self._arguments
        if os.environ != self._environment:
            os.environ.clear()
            os.environ.update(self._environment)


_current = threading.local()


def current_turns() -> Turns | None:
    """Those that the job of this thread takes part in; None for a job that runs alone."""
    found: Turns | None = getattr(_current, "turns", None)
    return found
