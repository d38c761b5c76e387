"""Downloads that resume, are checked, and appear under their name only when whole."""

from collections.abc import Callable
from pathlib import Path

from interplm.files.checksum import has_checksum
from interplm.files.lock import locked
from interplm.files.offline import check_online
from interplm.files.retrying import DownloadFailed, retrying, wait
from interplm.files.transfer import Transfer

__all__ = ["DownloadFailed", "download"]

Check = Callable[[Path], None]


def download(
    url: str,
    path: Path,
    *,
    checksum: str | None = None,
    check: Check | None = None,
    n_attempts: int = 5,
    timeout_s: float = 30.0,
    fresh: bool = False,
    show_progress: bool = True,
    sleep: Callable[[float], None] = wait,
) -> Path:
    """Fetch a file, going on where an interrupted download stopped.

    What has arrived lies in `<path>.partial`, with the server's validator of it beside it, so
    that a changed file is never glued to an old beginning. Passing faults (429, 5xx, a broken
    or silent connection, a body that ends early, a web page in place of the file)
    are retried with growing pauses; an attempt that got further than all before it starts the
    count again. Of several processes that want the same file one fetches it, the others wait.

    Args:
        url: http or https.
        path: where the file goes; one that is there already is returned as it is, unless `fresh`.
        checksum: expected of the file, as `sha256:<digits>` or `md5:<digits>`, if known.
        check: called with the whole file before it gets its name; a UserError of its own means
            that the file is not what it should be, and is deleted.
        n_attempts: attempts in a row that may get no further.
        timeout_s: longest silence of the server, in seconds; within so many it sends 1 kB at least.
        fresh: fetch it even if it is there; the old file stays until the new one is whole.
        show_progress: a bar with rate and time left.
        sleep: for tests.

    Raises:
        DownloadFailed: if it cannot be had, or is not what it should be.
        MissingArtifact: if it is not here and INTERPLM_OFFLINE=1.
    """
    try:
        if fresh or not path.exists():
            check_online(url, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            transfer = Transfer(url, path, timeout_s=timeout_s, show_progress=show_progress)
            with locked(path.with_name(f"{path.name}.lock"), what=str(path), waits=True):
                # Another process may have fetched it meanwhile.
                if fresh or not path.exists():
                    retrying(
                        transfer.run,
                        failed=transfer.failed,
                        n_attempts=n_attempts,
                        progress=lambda: transfer.n_bytes,
                        sleep=sleep,
                    )
                    transfer.publish(checksum, check)
        elif checksum is not None and not has_checksum(path, checksum):
            raise DownloadFailed(
                f"{path} does not have the checksum {checksum} that {url} should have: delete the "
                "file and run the same command again."
            )
    except OSError as error:
        raise DownloadFailed(
            f"{url} could not be downloaded to {path} ({error}): mend that, then run the same "
            f"command again to resume."
        ) from error
    return path
