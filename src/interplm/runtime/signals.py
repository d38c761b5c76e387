"""Jobs that are told to stop: they leave at once, say so, and tell it by their exit status."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """A signal arrived. Not an Exception, so that nothing on the way takes it for a fault.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        name = signal.Signals(number).name
        super().__init__(
            f"Stopped by {name}. What was finished is kept: the same command goes on from there."
        )
        self.status = 128 + number


_arrived: list[Stopped] = []  # in this process, where signals are the process's own


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Raise Stopped where SIGINT or SIGTERM arrives; a second one ends the process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _stop) for number in _SIGNALS}
    try:
        with stops_unhidden():
            yield
    finally:
        _arrived.clear()
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stops_unhidden() -> Iterator[None]:
    """Raise the Stopped of a signal that arrived in place of any other error.

    Native code that a signal interrupts may drop Stopped and raise an error of its own, which would
    be told as a fault, such as a damaged file, and would let a sweep go on with its next run.
    """
    try:
        yield
    except BaseException as error:
        if _arrived and error is not _arrived[0]:
            raise _arrived[0] from error
        raise


def _stop(number: int, frame: FrameType | None) -> None:
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_DFL)
    _arrived.append(Stopped(number))
    raise _arrived[0]
