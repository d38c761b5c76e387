"""Outputs appear under their name only when they are whole."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interplm.files.manifest import about_to_write

# Asked for once: the system tells it only by setting another for a moment.
_UMASK = os.umask(0o077)
os.umask(_UMASK)


@contextmanager
def written_aside(path: Path, *, by_several: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` if the block succeeds.

    The temporary name is fixed, so what a killed process left behind is overwritten by the
    next attempt and never accumulates. On an exception the temporary file is removed.

    Args:
        path: the final file; its folder is made if needed.
        by_several: jobs that run at the same time write it, all the same; each has a temporary
            name of its own then.

    Yields:
        The temporary path, `<path>.partial`, to be written and closed inside the block.

    Raises:
        NotOurs: if a file of the user's is there and the folder's files are being recorded.
    """
    about_to_write(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    own = f".{socket.gethostname()}-{os.getpid()}" if by_several else ""
    partial = path.with_name(f"{path.name}{own}.partial")
    try:
        yield partial
        _open_to_others(partial)
        _flush_to_disk(partial)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def folder_written_aside(path: Path) -> Iterator[Path]:
    """Give `<path>.partial` to be filled as a folder; it becomes `path` if the block succeeds.

    What a killed process left under that name is deleted, so only one process may write at a time.

    Args:
        path: of the final folder, which must not be there.
    """
    partial = path.with_name(f"{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _open_to_others(path: Path) -> None:
    """The rights of any other new file: safetensors gives its own to the owner alone."""
    path.chmod(0o666 & ~_UMASK)


def _flush_to_disk(path: Path) -> None:
    """Without this a power cut may leave the new name pointing at unwritten blocks."""
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())
