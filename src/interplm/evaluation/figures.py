"""Figures of an SAE as one table, for a reader and for a program."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interplm.errors import BrokenArtifact
from interplm.files.atomic import written_aside

COLUMNS = ("metric", "value", "space", "description")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row.

    Attributes:
        metric: name, unique within its space.
        value: number.
        space: where it is measured: plm (the PLM's units), sae (after the SAE's input transform),
            features, decoder, or logits.
        description: what it is, its unit, and which value is good.
    """

    metric: str
    value: float
    space: str
    description: str


def write_figures(figures: Sequence[Figure], path: Path) -> None:
    """Write the table as CSV, whole or not at all."""
    with written_aside(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for figure in figures:
            writer.writerow([getattr(figure, column) for column in COLUMNS])


def read_figures(path: Path) -> dict[str, float]:
    """The values of a written table, by `space/metric`; none where there is no table.

    Raises:
        BrokenArtifact: if it is none of ours, or was cut.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {
                f"{row['space']}/{row['metric']}": float(row["value"])
                for row in csv.DictReader(file)
            }
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise BrokenArtifact(f"{path} is damaged: evaluate the run again.") from error


def as_text(figures: Sequence[Figure]) -> str:
    """The table in aligned columns, numbers rounded."""
    cells = [
        [figure.metric, f"{figure.value:.6g}", figure.space, figure.description]
        for figure in figures
    ]
    rows = [list(COLUMNS), *cells]
    name, number, space = (max(len(row[column]) for row in rows) for column in range(3))
    return "\n".join(
        f"{row[0]:<{name}}  {row[1]:>{number}}  {row[2]:<{space}}  {row[3]}" for row in rows
    )
