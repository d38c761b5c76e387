"""One file on its way: a request, what has arrived, and giving the whole file its name."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from interplm.errors import UserError
from interplm.files.arriving import arriving
from interplm.files.checksum import has_checksum
from interplm.files.http_answers import is_web_page, validator_of, whole_length
from interplm.files.retrying import (
    DownloadFailed,
    NotThere,
    TryAgain,
    check_worth_retrying,
    connection_faults,
)

if TYPE_CHECKING:
    from requests import Response


class Transfer:
    """A file that arrives in `<path>.partial`, the server's validator of it beside it.

    Args:
        url: http or https.
        path: the final file; its folder exists.
        timeout_s: longest silence of the server, in seconds.
        show_progress: a bar with rate and time left.
    """

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
        """Make one request; return when the last byte has arrived.

        Raises:
            TryAgain: if another request may bring the rest.
            DownloadFailed: if none will.
        """
        # Without a validator there is no telling whether the rest belongs to the beginning.
        if not self._validator.exists():
            self._partial.unlink(missing_ok=True)
        headers = {"Accept-Encoding": "identity"}
        if self.n_bytes:
            headers |= {
                "Range": f"bytes={self.n_bytes}-",
                "If-Range": self._validator.read_text(encoding="utf-8"),
            }
        with connection_faults(), _get(self.url, headers, self._timeout_s) as response:
            self._check(response)
            total = whole_length(response)
            if response.status_code != 416:
                self._receive(response, total)
        if total is not None and self.n_bytes < total:
            raise TryAgain(f"the connection ended after {self.n_bytes} of {total} bytes")
        if total is not None and self.n_bytes > total:
            self._start_over(f"{self.n_bytes} bytes arrived of a file of {total}")

    def publish(self, checksum: str | None, check: Callable[[Path], None] | None = None) -> None:
        """Give the whole file its name, if it is what is expected of it.

        Args:
            checksum: as `sha256:<digits>`, if known.
            check: raises UserError for a file that is something else.

        Raises:
            DownloadFailed: if it is not; it is then deleted.
        """
        fault = self._fault(checksum, check)
        if fault is not None:
            self._forget(validator="")
            raise DownloadFailed(
                f"{self.url} {fault} and was deleted: run the same command again, or download it "
                f"by hand to {self.path}."
            )
        with self._partial.open("rb+") as file:
            os.fsync(file.fileno())
        self._partial.replace(self.path)
        self._validator.unlink(missing_ok=True)

    def failed(self, fault: TryAgain) -> DownloadFailed:
        """The error of a download that was given up."""
        return DownloadFailed(
            f"{self.url} could not be downloaded ({fault}): run the same command again to "
            f"resume, or download it by hand to {self.path}."
        )

    def _fault(self, checksum: str | None, check: Callable[[Path], None] | None) -> str | None:
        if checksum is not None and not has_checksum(self._partial, checksum):
            return f"does not have the checksum {checksum}"
        try:
            if check is not None:
                check(self._partial)
        except UserError as error:
            return f"is not what it should be ({str(error).rstrip('.')})"
        return None

    def _start_over(self, reason: str) -> None:
        self._validator.unlink(missing_ok=True)
        raise TryAgain(reason)

    def _check(self, response: "Response") -> None:
        status = response.status_code
        check_worth_retrying(response)
        if status not in (200, 206, 416):
            failed = NotThere if status in (404, 410) else DownloadFailed
            raise failed(
                f"{self.url} could not be downloaded (the server answers {status}): correct the "
                f"address, or download it by hand to {self.path}."
            )
        if is_web_page(response):
            raise TryAgain("a web page came in place of the file")
        # The bytes are kept as they come; some servers call a .gz file itself an encoding.
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity" and self.path.suffix != ".gz":
            raise DownloadFailed(
                f"{self.url} comes only in the encoding {encoding}: download it by hand to "
                f"{self.path}."
            )
        if status != 200:
            self._check_continuation(response)

    def _check_continuation(self, response: "Response") -> None:
        """Refuse what does not go on where the partial ends, or belongs to another file."""
        # Some servers ignore If-Range, so their answer's own validator is compared too.
        remembered = self._validator.read_text(encoding="utf-8") if self.n_bytes else ""
        where = response.headers.get("Content-Range", "")
        nothing_left = where == f"bytes */{self.n_bytes}"
        goes_on = nothing_left or where.startswith(f"bytes {self.n_bytes}-")
        if not goes_on or validator_of(response) not in ("", remembered):
            self._start_over("the file on the server has changed")

    def _receive(self, response: "Response", total: int | None) -> None:
        """Append, or start anew, as the server decided."""
        from tqdm import tqdm

        if response.status_code == 200:
            self._forget(validator=validator_of(response))
        position = self.n_bytes
        bar = tqdm(
            total=total,
            initial=position,
            unit="B",
            unit_scale=True,
            desc=self.path.name,
            disable=not self._show_progress,
        )
        with bar, self._partial.open("ab") as file:
            for chunk in arriving(response, timeout_s=self._timeout_s, decode=False):
                if os.fstat(file.fileno()).st_size != position:
                    raise DownloadFailed(
                        f"{self.url} is being downloaded to {self.path} by another process too: "
                        f"wait for that one, then run the same command again."
                    )
                file.write(chunk)
                file.flush()
                position += len(chunk)
                bar.update(len(chunk))

    def _forget(self, *, validator: str) -> None:
        """Begin with nothing but the validator of what is to come."""
        self._partial.unlink(missing_ok=True)
        self._validator.unlink(missing_ok=True)
        if validator:
            self._validator.write_text(validator, encoding="utf-8")


def _get(url: str, headers: dict[str, str], timeout_s: float) -> "Response":
    import requests

    return requests.get(url, headers=headers, stream=True, timeout=timeout_s)
