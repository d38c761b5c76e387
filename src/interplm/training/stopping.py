"""How a training that is told to stop leaves."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import lightning as L
from lightning.pytorch.utilities.exceptions import SIGTERMException

from interplm.training.callbacks.checkpoint import RunCheckpoint

log = logging.getLogger(__name__)


@contextmanager
def leaving_when_stopped(trainer: L.Trainer) -> Iterator[None]:
    """Leave with the status of the signal, 143 or 130, and a line that says how to go on.

    Lightning ends a fit on SIGTERM with status 0, which schedulers take for success, and on SIGINT
    with 1.
    """
    interrupted = threading.Event()
    try:
        with _handled_by_lightning(interrupted):
            yield
    except SIGTERMException as stop:
        raise _leave(trainer, signal.SIGTERM) from stop
    except BaseException as error:
        # Lightning's own exit, or an error that native code put in the place of KeyboardInterrupt.
        if not interrupted.is_set():
            raise
        raise _leave(trainer, signal.SIGINT) from error


@contextmanager
def _handled_by_lightning(interrupted: threading.Event) -> Iterator[None]:
    """Let Lightning take the signals: on SIGTERM it ends a step before it leaves.

    Args:
        interrupted: is set where SIGINT arrives.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    taken: dict[signal.Signals, Any] = {  # Any: of any type that a handler has
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGINT: interrupt,
    }
    before = {number: signal.signal(number, handler) for number, handler in taken.items()}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _leave(trainer: L.Trainer, signum: signal.Signals) -> SystemExit:
    saved = [c.saved_step for c in trainer.checkpoint_callbacks if isinstance(c, RunCheckpoint)]
    step = next((step for step in saved if step is not None), None)
    then = "starts over: no checkpoint was due" if step is None else f"goes on from step {step}"
    log.warning(
        "Stopped by %s at step %d; the same command %s.", signum.name, trainer.global_step, then
    )
    return SystemExit(128 + signum)
