"""The folder of a sweep, in which each of its jobs notes the run that it made."""

from pathlib import Path

from interplm.files.atomic import written_aside

_RUNS = "runs"


def note_run(sweep: Path, run: Path) -> None:
    """Write down where a run lies, in a file of its own: jobs may end at the same time.

    Args:
        sweep: folder of the sweep.
        run: folder of the run, whose name no other one of the sweep has.
    """
    with written_aside(sweep / _RUNS / f"{run.name}.txt") as partial:
        partial.write_text(f"{run.absolute()}\n", encoding="utf-8")


def noted_runs(sweep: Path) -> list[Path]:
    """The folders of a sweep's runs; none where the folder is no sweep's."""
    notes = sorted((sweep / _RUNS).glob("*.txt"))
    return [Path(note.read_text(encoding="utf-8").strip()) for note in notes]
