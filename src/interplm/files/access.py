"""Files that are there but can't be opened, told apart from damaged ones."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interplm.errors import InaccessibleFile, MissingArtifact, tells_of_memory

_NO_LOCKS = "its file system has no file locks: set HDF5_USE_FILE_LOCKING=FALSE"
_REASONS = {
    errno.EACCES: "this user has no permission: ask its owner, or change it with `chmod`",
    errno.EPERM: "this user has no permission: ask its owner, or change it with `chmod`",
    errno.EROFS: "its file system is read-only: choose another folder",
    errno.EAGAIN: "another program has locked it: wait for that program to end, or set "
    "HDF5_USE_FILE_LOCKING=FALSE if it only reads",
    errno.EMFILE: "this process has too many files open: raise the limit with `ulimit -n 4096`",
    errno.ENFILE: "this machine has too many files open: close some programs",
    errno.ENOLCK: _NO_LOCKS,
    errno.ENOTSUP: _NO_LOCKS,
    errno.ENOSYS: _NO_LOCKS,
    524: _NO_LOCKS,  # ENOTSUPP, which Linux gives for some network file systems and C does not name
    errno.EIO: "the disk or the network reports an input/output error: look at the system's log",
    errno.ESTALE: "the network file system lost it: run the same command again",
}
# What a clone of a repository holds in place of a large file until that is fetched.
_LFS_POINTER = b"version https://git-lfs"
_NO_MEMORY = (
    "there is not enough memory: close some programs, raise a limit that was set with `ulimit -v`, "
    "or take a machine with more"
)


@contextmanager
def telling_access(path: Path) -> Iterator[None]:
    """Raise InaccessibleFile where the system refuses `path`, or memory; all else passes through.

    Args:
        path: for the message.
    """
    try:
        yield
    except Exception as error:
        reason = _NO_MEMORY if tells_of_memory(error) else _REASONS.get(system_number(error))
        if reason is None:
            raise
        raise InaccessibleFile(f"{path} can't be opened: {reason}.") from error


def system_number(error: BaseException) -> int:
    """The system's number of what it refused, from the text where a library hides it; 0 if none."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    text = str(error)
    if "Too many open files" in text:
        return errno.EMFILE
    stated = re.search(r"errno = (\d+)|os error (\d+)", text)
    return int(stated[1] or stated[2]) if stated else 0


def check_readable(path: Path) -> None:
    """Raise as `telling_access`, or FileNotFoundError, unless this user can read a file now.

    For readers that call everything that cannot be opened missing, or damaged.

    Raises:
        MissingArtifact: if it only points to a file of Git LFS.
    """
    with telling_access(path), path.open("rb") as file:
        start = file.read(len(_LFS_POINTER))
    if start == _LFS_POINTER:
        raise MissingArtifact(f"{path} only points to a file of Git LFS: fetch it, `git lfs pull`.")
