"""What later jobs log to wandb of a run whose training was logged there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interplm.errors import MissingArtifact, UserError
from interplm.runtime.run_folder import RunFolder

if TYPE_CHECKING:
    from interplm.tracking import LoggedRun

log = logging.getLogger("interplm.tracking")

# What a run folder keeps of its run of wandb.
WANDB_RECORD = ("project", "entity", "group", "tags", "id")


def wandb_record(run: RunFolder) -> dict[str, Any] | None:
    """Which run of wandb a folder's training was logged as; Any: what YAML can hold."""
    try:
        found = run.inputs.get("wandb")
    except MissingArtifact:  # which a run has that has not begun
        return None
    return found if isinstance(found, dict) else None


def track(
    run: RunFolder,
    mode: str | None,
    *,
    job_type: str,
    folder: Path,
    config: Mapping[str, Any],
    say: Callable[[LoggedRun], None],
) -> None:
    """Log to wandb what a job found of a run, where the training was logged.

    The mode is never taken from the folder of the run, which may be somebody else's: nothing
    leaves this machine unless its user says so.

    Args:
        run: of the training.
        mode: "offline", "online", or None for nothing.
        job_type: of the job.
        folder: where wandb writes.
        config: of the run of wandb: plain values, hence Any.
        say: logs.

    Raises:
        UserError: if there is no such mode.
    """
    if mode not in ("offline", "online", None):
        raise UserError(f"wandb must be offline, online or null, got {mode}.")
    record = wandb_record(run)
    if mode is None or record is None:
        return
    from interplm.tracking import later_run, sync_command

    name = f"{run.name}-{job_type}"
    with later_run(
        record, mode=mode, name=name, job_type=job_type, config=config, folder=folder
    ) as logged:
        say(logged)
    command = sync_command(folder)
    if command is not None:
        log.info("To upload what was logged to wandb: %s", command)
