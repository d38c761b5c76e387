"""Trying again after passing faults of a server or a connection."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from interplm.errors import UserError
from interplm.files.http_answers import retry_after_s

if TYPE_CHECKING:
    from requests import Response

_LONGEST_WAIT_S = 120.0
_WORTH_RETRYING = (408, 425, 429, 500, 502, 503, 504)

Answer = TypeVar("Answer")


class DownloadFailed(UserError):
    """Something could not be downloaded; the message names the address and the mend."""


class NotThere(DownloadFailed):
    """The server has nothing at that address."""


class TryAgain(Exception):
    """A passing fault; `wait_s` is what the server asked for, if it did."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


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
        n_attempts: in a row that may get no further.
        progress: how far it has got; an attempt that got further than all before it starts the
            count again.
        sleep: for tests.

    Raises:
        DownloadFailed: what `failed` makes of the last fault.
    """
    failures = 0
    furthest = progress()
    while True:
        try:
            return request()
        except TryAgain as fault:
            failures = 1 if progress() > furthest else failures + 1
            furthest = max(furthest, progress())
            if failures >= n_attempts:
                raise failed(fault) from fault
            pause = 2.0 ** (failures - 1) * random.uniform(1.0, 1.25)
            sleep(min(pause if fault.wait_s is None else fault.wait_s, _LONGEST_WAIT_S))


def may_pass(status: int) -> bool:
    """Whether the same request may succeed later, by the status of its answer."""
    return status in _WORTH_RETRYING


def check_worth_retrying(response: "Response") -> None:
    """Raise TryAgain where the status says that the same request may succeed later."""
    if may_pass(response.status_code):
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
        raise TryAgain(str(cause) or type(cause).__name__) from error
