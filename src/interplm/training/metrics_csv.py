"""A log of metrics as one CSV file that survives being killed and resumed."""

import argparse
import csv
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
from lightning.pytorch.utilities import rank_zero_only

from interplm.files.atomic import written_aside


class MetricsCSV(Logger):
    """One row for each logged step: `step`, `epoch`, then a column for each metric.

    Rows are on disk as soon as they are logged. Unlike Lightning's CSVLogger it goes on with the
    file of an interrupted run: `resume` drops the rows after the checkpoint, which are computed
    again.

    Args:
        path: of the file.
    """

    def __init__(self, *, path: str | Path) -> None:
        super().__init__()
        self._path = Path(path)
        self._columns = ["step", "epoch"]
        if self._path.exists():
            with self._path.open(newline="", encoding="utf-8") as file:
                self._columns = next(csv.reader(file), self._columns)

    @property
    def name(self) -> str:
        """Of the file."""
        return self._path.name

    @property
    def version(self) -> str:
        """Empty: there is one file, and nothing for the progress bar to show."""
        return ""

    @property
    @rank_zero_experiment
    def experiment(self) -> None:
        """There is no object behind this logger."""

    @rank_zero_only
    def log_hyperparams(self, params: argparse.Namespace | dict[str, Any], *args: Any) -> None:
        """The run folder keeps the config; Any as in the base class."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Append a row; a metric not seen before adds a column."""
        row = {"step": step} | metrics
        new = [name for name in row if name not in self._columns]
        if new:
            self._columns += new
            self._rewrite(self._read())
        is_new_file = not self._path.exists()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns, lineterminator="\n")
            if is_new_file:
                writer.writeheader()
            writer.writerow(row)

    @rank_zero_only
    def resume(self, step: int) -> None:
        """Drop the rows at `step` and after, which a resumed run logs again.

        Args:
            step: the first that will be logged again; rows are numbered from 0.
        """
        if self._path.exists():
            self._rewrite([row for row in self._read() if int(row["step"]) < step])

    def _read(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        with self._path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        # A kill in the middle of a write leaves a last row that is not whole.
        return [row for row in rows if None not in row.values()]

    def _rewrite(self, rows: list[dict[str, str]]) -> None:
        with (
            written_aside(self._path) as partial,
            partial.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, self._columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
