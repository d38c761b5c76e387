"""One writer at a time in a folder, by a lock that says who holds it."""

import errno
import json
import logging
import math
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from interplm.errors import UserError
from interplm.files.access import telling_access

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)
# Seconds for which one that would share waits: the first to come and the last to go have it alone
# for a moment.
_PATIENCE_S = 0.5
# What flock says where somebody else has the lock; anything else means that there are no locks.
_HELD = (errno.EAGAIN, errno.EACCES)


class InUse(UserError):
    """Another process is writing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock."""

    host: str
    pid: int
    since: str
    command: str

    @classmethod
    def this_process(cls) -> Self:
        """Of this machine, now."""
        return cls(
            host=socket.gethostname(),
            pid=os.getpid(),
            since=time.strftime("%Y-%m-%d %H:%M:%S"),
            command=" ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
        )

    @property
    def may_live(self) -> bool:
        """Whether it is another process that may still run; of other machines nobody knows."""
        if self.host != socket.gethostname():
            return True
        if self.pid == os.getpid():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


@contextmanager
def locked(path: Path, *, what: str, shared: bool = False, waits: bool = False) -> Iterator[None]:
    """Hold a lock within the block; the system lets go of it when the process ends, however.

    Where the file system has no locks, the file alone tells of the holder, and one of another
    machine counts as alive; those that share are not told apart there.

    Args:
        path: of a small file, made for the time of the block; its folder must be there.
        what: is being written, for the message.
        shared: others may share it, but nobody may have it alone meanwhile.
        waits: until another process lets go of it, and says so.

    Raises:
        InUse: if another process holds it, with its name and what to do; not if it `waits`.
        InaccessibleFile: if this user may not write here.
    """
    # Where there is no lock yet, it is the folder that may not be written to.
    with telling_access(path if path.exists() else path.parent):
        handle = _opened(path, what, shared=shared, waits=waits)
    try:
        yield
    finally:
        # Of several that share it the last one clears it away, while nobody else can have it.
        is_last = not shared or _flock(handle, alone=True) is not False
        if is_last and fcntl is not None:
            path.unlink(missing_ok=True)
        os.close(handle)
        if is_last and fcntl is None:  # Windows deletes no open file
            path.unlink(missing_ok=True)


def _opened(path: Path, what: str, *, shared: bool, waits: bool) -> int:
    """A descriptor that has the lock, of a file that says so."""
    give_up = time.monotonic() + (_PATIENCE_S if shared else 0)
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            has_it = _flock(handle, alone=True)
            is_first = has_it is not False
            if has_it is False and shared:
                has_it = _flock(handle, alone=False)
            if has_it is None:  # no locks here
                holder = _holder(path)
                has_it = shared or holder is None or not holder.may_live
            if not has_it and time.monotonic() > give_up:
                if not waits:
                    raise InUse(_in_use(path, what))
                log.info("Waiting: %s", _in_use(path, what))
                give_up = math.inf
            # The holder before may have cleared the file away since it was opened.
            if has_it and _is_file(path, handle):
                _say(handle, is_first=is_first)
                if shared and is_first:
                    _flock(handle, alone=False)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if not has_it:
            time.sleep(0.02)


def _is_file(path: Path, handle: int) -> bool:
    """Whether the open file still is the one of that name."""
    try:
        return path.stat().st_ino == os.fstat(handle).st_ino
    except FileNotFoundError:
        return False


def _flock(handle: int, *, alone: bool) -> bool | None:
    """Whether the lock was given, or None where there are no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _HELD else None
    return True


def _say(handle: int, *, is_first: bool) -> None:
    if is_first:
        os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_END)
    os.write(handle, f"{json.dumps(asdict(Holder.this_process()))}\n".encode())


def _holder(path: Path) -> Holder | None:
    """The last one that the file names; nobody where it is empty or not ours."""
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8").splitlines()[-1]))
    except (OSError, ValueError, IndexError, TypeError):
        return None


def _in_use(path: Path, what: str) -> str:
    holder = _holder(path)
    if holder is None:
        return f"{what} is being written by another process: wait for it to end, or stop it."
    return (
        f"{what} is being written by process {holder.pid} on {holder.host} since {holder.since} "
        f"({holder.command}): wait for it to end, or stop it. If it is gone, delete {path}."
    )
