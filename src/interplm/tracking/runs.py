"""Runs of wandb that come after training: evaluation, scoring, comparison."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interplm.tracking.logged import LoggedRun

if TYPE_CHECKING:
    from wandb import Run

log = logging.getLogger(__name__)


@contextmanager
def later_run(
    record: Mapping[str, Any],
    *,
    mode: str,
    name: str,
    job_type: str,
    config: Mapping[str, Any],
    folder: Path,
) -> Iterator[LoggedRun]:
    """A run in the project and the group of a training.

    Where wandb cannot be reached it is written offline: what was computed must not be lost.

    Args:
        record: of the training: project, entity, group, tags and id; Any: what YAML can hold.
        mode: "offline" or "online".
        name: for people.
        job_type: what was done; with the id of the training it makes the id, so that doing it again
            goes on with the same run.
        config: its settings, plain values.
        folder: where wandb writes, in a folder of its own.
    """
    import wandb

    begin = partial(
        wandb.init,
        **{key: record.get(key) for key in ("project", "entity", "group", "tags")},
        name=name,
        job_type=job_type,
        id=f"{record['id']}-{job_type}",
        config=dict(config),
        dir=str(folder),
        reinit="create_new",
    )
    run = _begin_online(begin) if mode == "online" else None
    run = run or begin(mode="offline")
    try:
        yield LoggedRun(run)
    finally:
        run.finish()


def sync_command(folder: Path) -> str | None:
    """What uploads the offline runs that wandb wrote into a folder; None where there are none."""
    found = sorted((folder / "wandb").glob("offline-run-*"))
    return f"wandb sync {shlex.join(map(str, found))}" if found else None


def _begin_online(begin: partial[Run]) -> Run | None:
    import wandb

    try:
        return begin(mode="online", resume="allow")
    except wandb.errors.Error as error:
        log.warning("wandb cannot be reached, so this is logged offline: %s", error)
        return None
