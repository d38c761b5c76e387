"""Downloads that resume, are checked, and appear under their name only when whole."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from interplm.files.checksum import sha256_of
from interplm.files.transfer import DownloadFailed, Transfer, TryAgain

__all__ = ["DownloadFailed", "download"]

_LONGEST_WAIT_S = 120.0


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
    that got further than all before it starts the count again.

    Args:
        url: http or https.
        path: where the file goes; one that is there already is returned as it is.
        sha256: expected digest, if known.
        n_attempts: attempts in a row that may get no further.
        timeout_s: longest silence of the server, in seconds.
        show_progress: a bar with rate and time left.
        sleep: for tests.

    Raises:
        DownloadFailed: if it cannot be had, or has another digest.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            transfer = Transfer(url, path, timeout_s=timeout_s, show_progress=show_progress)
            _attempt(transfer, n_attempts, sleep)
            transfer.publish(sha256)
        elif sha256 is not None and (digest := sha256_of(path)) != sha256.lower():
            raise DownloadFailed(
                f"{path} has SHA-256 {digest}, but {url} should have {sha256}: delete the file "
                f"and run the same command again."
            )
    except OSError as error:
        raise DownloadFailed(
            f"{url} could not be downloaded to {path} ({error}): mend that, then run the same "
            f"command again to resume."
        ) from error
    return path


def _attempt(transfer: Transfer, n_attempts: int, sleep: Callable[[float], None]) -> None:
    failures = 0
    furthest = transfer.n_bytes
    while True:
        try:
            return transfer.run()
        except TryAgain as fault:
            failures = 1 if transfer.n_bytes > furthest else failures + 1
            furthest = max(furthest, transfer.n_bytes)
            if failures >= n_attempts:
                raise DownloadFailed(
                    f"{transfer.url} could not be downloaded ({fault}): run the same command "
                    f"again to resume, or download it by hand to {transfer.path}."
                ) from fault
            pause = 2.0 ** (failures - 1) * random.uniform(1.0, 1.25)
            sleep(min(pause if fault.wait_s is None else fault.wait_s, _LONGEST_WAIT_S))
