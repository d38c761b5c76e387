"""Downloads that resume, are checked, and appear under their name only when whole."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from interplm.errors import UserError
from interplm.files.checksum import sha256_of

if TYPE_CHECKING:
    from requests import Response

_CHUNK_BYTES = 2**20
_LONGEST_WAIT_S = 120.0
_WORTH_RETRYING = (429, 500, 502, 503, 504)


class DownloadFailed(UserError):
    """A file could not be downloaded; the message names the address and the mend."""


class _TryAgain(Exception):
    """A passing fault; `wait_s` is what the server asked for, if it did."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


def download(
    url: str,
    path: Path,
    *,
    sha256: str | None = None,
    n_attempts: int = 5,
    timeout_s: float = 30.0,
    show_progress: bool = True,
    sleep: Callable[[float], None] = time.sleep,
) -> Path:
    """Fetch a file, going on where an interrupted download stopped.

    What has arrived lies in `<path>.partial`, with the server's validator of it beside it, so
    that a changed file is never glued to an old beginning. Passing faults (429, 5xx, a broken
    or silent connection, a body that ends early) are retried with growing pauses; an attempt
    that brought new bytes starts the count again.

    Args:
        url: http or https.
        path: where the file goes; one that is there already is returned as it is.
        sha256: expected digest, if known.
        n_attempts: attempts in a row that may bring nothing.
        timeout_s: longest silence of the server, in seconds.
        show_progress: a bar with rate and time left.
        sleep: for tests.

    Raises:
        DownloadFailed: if it cannot be had, or has another digest.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        transfer = _Transfer(url, path, timeout_s=timeout_s, show_progress=show_progress)
        _attempt(transfer, n_attempts, sleep)
    digest = sha256 and sha256_of(path)
    if digest != sha256:
        path.unlink()
        raise DownloadFailed(
            f"{url} has SHA-256 {digest} instead of {sha256}: it was deleted; try again."
        )
    return path


def _attempt(transfer: "_Transfer", n_attempts: int, sleep: Callable[[float], None]) -> None:
    failures = 0
    while True:
        size_before = transfer.n_bytes
        try:
            return transfer.run()
        except _TryAgain as fault:
            failures = 1 if transfer.n_bytes > size_before else failures + 1
            if failures >= n_attempts:
                raise DownloadFailed(
                    f"{transfer.url} could not be downloaded ({fault}): run the same command "
                    f"again to go on, or download it by hand to {transfer.path}."
                ) from fault
            pause = min(2.0 ** (failures - 1), _LONGEST_WAIT_S) * random.uniform(1.0, 1.25)
            sleep(min(fault.wait_s, _LONGEST_WAIT_S) if fault.wait_s is not None else pause)


class _Transfer:
    """One file on its way."""

    def __init__(self, url: str, path: Path, *, timeout_s: float, show_progress: bool) -> None:
        self.url = url
        self.path = path
        self._partial = path.with_name(path.name + ".partial")
        self._validator = path.with_name(path.name + ".partial.validator")
        self._timeout_s = timeout_s
        self._show_progress = show_progress

    @property
    def n_bytes(self) -> int:
        """Bytes that have arrived."""
        return self._partial.stat().st_size if self._partial.exists() else 0

    def run(self) -> None:
        """One request; renames the file if it brings the last byte."""
        # Without a validator there is no telling whether the rest belongs to the beginning.
        if not self._validator.exists():
            self._partial.unlink(missing_ok=True)
        headers = {"Accept-Encoding": "identity"}
        if self.n_bytes:
            headers |= {
                "Range": f"bytes={self.n_bytes}-",
                "If-Range": self._validator.read_text(encoding="utf-8"),
            }
        with _connection_faults(), _get(self.url, headers, self._timeout_s) as response:
            self._check_status(response)
            total = self._receive(response)
        if total is not None and self.n_bytes < total:
            raise _TryAgain(f"the connection ended after {self.n_bytes} of {total} bytes")
        self._partial.replace(self.path)
        self._validator.unlink(missing_ok=True)

    def _check_status(self, response: "Response") -> None:
        status = response.status_code
        if status in _WORTH_RETRYING:
            raise _TryAgain(f"the server answers {status}", _retry_after(response))
        start = response.headers.get("Content-Range", "")
        if status == 416 or (status == 206 and not start.startswith(f"bytes {self.n_bytes}-")):
            # What has arrived is not the beginning of what the server would go on with.
            self._validator.unlink(missing_ok=True)
            raise _TryAgain("the file on the server has changed")
        if status not in (200, 206):
            raise DownloadFailed(
                f"{self.url} could not be downloaded (the server answers {status}): correct the "
                f"address, or download it by hand to {self.path}."
            )

    def _receive(self, response: "Response") -> int | None:
        """Append or start anew, as the server decided; the whole length in bytes, if it is told."""
        from tqdm import tqdm

        resumes = response.status_code == 206
        if not resumes:
            self._partial.unlink(missing_ok=True)
            self._remember_validator(response)
        total = _whole_length(response, already=self.n_bytes)
        bar = tqdm(
            total=total,
            initial=self.n_bytes,
            unit="B",
            unit_scale=True,
            desc=self.path.name,
            disable=not self._show_progress,
        )
        with bar, self._partial.open("ab") as file:
            for chunk in response.iter_content(_CHUNK_BYTES):
                file.write(chunk)
                bar.update(len(chunk))
        return total

    def _remember_validator(self, response: "Response") -> None:
        # A weak ETag must not be used to glue parts together (RFC 9110, section 13.1.5).
        etag = response.headers.get("ETag", "")
        validator = response.headers.get("Last-Modified") if etag.startswith("W/") else etag
        validator = validator or response.headers.get("Last-Modified")
        if validator:
            self._validator.write_text(validator, encoding="utf-8")
        else:
            self._validator.unlink(missing_ok=True)


def _get(url: str, headers: dict[str, str], timeout_s: float) -> "Response":
    import requests

    return requests.get(url, headers=headers, stream=True, timeout=timeout_s)


@contextmanager
def _connection_faults() -> Iterator[None]:
    import requests

    try:
        yield
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _TryAgain(f"no connection: {type(error).__name__}") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise _TryAgain("the connection was cut") from error


def _whole_length(response: "Response", *, already: int) -> int | None:
    length = response.headers.get("Content-Length")
    if length is None:
        return None
    return int(length) + (already if response.status_code == 206 else 0)


def _retry_after(response: "Response") -> float | None:
    """Seconds of Retry-After, given as a number or as a date."""
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
