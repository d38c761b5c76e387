"""Trying again after passing faults of a server or a connection."""

import errno
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from interplm.errors import UserError
from interplm.files.http_answers import retry_after_s

if TYPE_CHECKING:
    from requests import Response

_LONGEST_WAIT_S = 120.0
# Without a network, nobody wants to watch the pauses meant for a busy server.
_UNREACHABLE_S = 10.0
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH)
_WORTH_RETRYING = (408, 425, 429, 500, 502, 503, 504)

Answer = TypeVar("Answer")


class DownloadFailed(UserError):
    """Something could not be downloaded; the message names the address and the mend."""

    @property
    def unreachable(self) -> bool:
        """Whether no server was there to ask, so that nothing else will come from there either."""
        return isinstance(self.__cause__, TryAgain) and self.__cause__.unreachable


class TryAgain(Exception):
    """A passing fault.

    Attributes:
        wait_s: what the server asked for, if it did.
        unreachable: no server was there to ask: no network, an unknown name, a closed port.
    """

    def __init__(
        self, reason: str, wait_s: float | None = None, *, unreachable: bool = False
    ) -> None:
        super().__init__(reason)
        self.wait_s = wait_s
        self.unreachable = unreachable


def wait(seconds: float) -> None:
    """Do nothing for so long."""
    time.sleep(seconds)


def retrying(
    request: Callable[[], Answer],
    *,
    failed: Callable[[TryAgain], DownloadFailed],
    n_attempts: int,
    progress: Callable[[], int] = lambda: 0,
    sleep: Callable[[float], None] = wait,
) -> Answer:
    """Make a request until it succeeds, with growing pauses, or those that the server asks for.

    Args:
        request: raises TryAgain where another attempt may succeed.
        failed: what to raise after the last one.
        n_attempts: in a row that may get no further. A server that no attempt has reached is given
            up after about 10 s.
        progress: how far it has got; an attempt that got further than all before it starts the
            count again.
        sleep: for tests.

    Raises:
        DownloadFailed: what `failed` makes of the last fault.
    """
    failures, spent_s = 0, 0.0
    furthest = progress()
    reached = False
    while True:
        began = time.monotonic()
        try:
            return request()
        except TryAgain as fault:
            failures = 1 if progress() > furthest else failures + 1
            furthest = max(furthest, progress())
            reached = reached or not fault.unreachable
            pause = _pause(fault, failures)
            spent_s += time.monotonic() - began + pause
            if failures >= n_attempts or (not reached and spent_s > _UNREACHABLE_S):
                raise failed(fault) from fault
            sleep(pause)


def _pause(fault: TryAgain, failures: int) -> float:
    """Seconds before the next attempt."""
    growing = 2.0 ** (failures - 1) * random.uniform(1.0, 1.25)
    return min(growing if fault.wait_s is None else fault.wait_s, _LONGEST_WAIT_S)


def check_worth_retrying(response: "Response") -> None:
    """Raise TryAgain where the status says that the same request may succeed later."""
    if response.status_code in _WORTH_RETRYING:
        raise TryAgain(f"the server answers {response.status_code}", retry_after_s(response))


@contextmanager
def connection_faults() -> Iterator[None]:
    """What breaks a connection, or ends a body early, as TryAgain."""
    import requests
    import urllib3

    passing = (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
        urllib3.exceptions.HTTPError,
    )
    try:
        yield
    except passing as error:
        cause: BaseException = error
        while cause.__context__ is not None:
            cause = cause.__context__
        reason = str(cause) or type(cause).__name__
        raise TryAgain(reason, unreachable=_is_unreachable(cause)) from error


def _is_unreachable(cause: BaseException) -> bool:
    return isinstance(cause, socket.gaierror | ConnectionRefusedError) or (
        isinstance(cause, OSError) and cause.errno in _NO_ROUTE
    )
