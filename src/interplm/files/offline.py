"""One switch for every download of a process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from interplm.errors import MissingArtifact

VARIABLE = "INTERPLM_OFFLINE"


def is_offline() -> bool:
    """Whether the network may not be asked: INTERPLM_OFFLINE=1."""
    return os.environ.get(VARIABLE, "").lower() in ("1", "true", "yes", "on")


def check_online(what: str, where: object) -> None:
    """Raise MissingArtifact, with the mend, where something must be fetched but may not be.

    Args:
        what: would be fetched.
        where: it would lie.
    """
    if is_offline():
        raise MissingArtifact(
            f"{what} is not here and InterPLM is offline: put it at {where}, or allow the network "
            f"(offline=false, and {VARIABLE} unset)."
        )


@contextmanager
def offline(wanted: bool) -> Iterator[None]:
    """Ask nobody for anything within, if that is wanted, whatever the environment says."""
    before = os.environ.get(VARIABLE)
    if wanted:
        os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before
