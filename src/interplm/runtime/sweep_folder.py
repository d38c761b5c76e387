"""The folder of a sweep, in which each of its jobs notes the run that it made."""

import os
from pathlib import Path

from interplm.files.atomic import written_aside

_RUNS = "runs"


def note_run(sweep: Path, run: Path) -> None:
    """Write down where a run lies, in a file of its own: jobs may end at the same time.

    Args:
        sweep: folder of the sweep.
        run: folder of the run, whose name no other one of the sweep has.
    """
    here, path = sweep.resolve(), run.resolve()
    # So that the run is found again where both were moved; to another drive there is no such way.
    where = os.path.relpath(path, here) if path.drive == here.drive else path
    with written_aside(sweep / _RUNS / f"{run.name}.txt") as partial:
        partial.write_text(f"{where}\n", encoding="utf-8")


def noted_runs(sweep: Path) -> list[Path]:
    """The folders of a sweep's runs; none where the folder is no sweep's."""
    notes = sorted((sweep / _RUNS).glob("*.txt"))
    return [(sweep / note.read_text(encoding="utf-8").strip()).resolve() for note in notes]
