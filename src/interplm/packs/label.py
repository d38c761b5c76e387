"""What a feature stands for, with the evidence that it does, as a row of a table."""

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

from interplm.errors import BrokenArtifact, MissingArtifact
from interplm.files.atomic import written_aside

# Between the aliases of a label; no name of a concept holds it.
_SEPARATOR = " | "


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureLabel:
    """One labelled feature. All figures were measured on proteins that did not choose the label.

    Attributes:
        feature: its number.
        label: the concept that it detects.
        aliases: other names of that concept.
        category: of the annotation.
        family: of categories.
        kind: what recall counts, "residue" or "domain" (instances).
        strength: how far the evidence carries the label; what the words mean is said in the pack.
        threshold: fraction of the feature's maximum above which it finds the concept.
        extent: lower fraction; the residues above it around such a peak belong to the find.
        precision: share of the residues above the threshold that carry the concept.
        precision_low: lower end of its interval, drawing clusters of homologues anew.
        precision_high: upper end.
        recall: share of the instances, or residues, that are found.
        precision_residue: share of the firing residues that carry the concept, at the threshold
            that does best over residues.
        recall_residue: share of the concept's residues that fire there.
        f1: of precision and recall.
        f1_low: lower end of its interval.
        f1_high: upper end.
        f1_residue: of these two.
        average_precision: of the activation as the score of each residue.
        chance: average precision of a feature that knows nothing.
        margin: average precision less that of the best baseline; None without a baseline.
        n_instances: of the concept, on the proteins that the figures are from.
        n_found: of these.
        q_value: of the F1 under permutation; None where it was not tested.
        density: share of all residues on which the feature fires.
    """

    feature: int
    label: str
    aliases: tuple[str, ...]
    category: str
    family: str
    kind: str
    strength: str
    threshold: float
    extent: float
    precision: float
    precision_low: float | None
    precision_high: float | None
    recall: float
    precision_residue: float
    recall_residue: float
    f1: float
    f1_low: float
    f1_high: float
    f1_residue: float
    average_precision: float
    chance: float
    margin: float | None
    n_instances: int
    n_found: int
    q_value: float | None
    density: float


_TYPES = get_type_hints(FeatureLabel)


def write_labels(labels: Iterable[FeatureLabel], path: Path) -> None:
    """Write a tab-separated table with a header, one label a line."""
    names = [field.name for field in fields(FeatureLabel)]
    with (
        written_aside(path) as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        rows.writerow(names)
        for label in labels:
            rows.writerow([_text(getattr(label, name)) for name in names])


def read_labels(path: Path) -> dict[int, FeatureLabel]:
    """The labels of a table by feature; columns that are not known are left out.

    Raises:
        MissingArtifact: if there is no such file.
        BrokenArtifact: if a line is not one that `write_labels` writes.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except FileNotFoundError as error:
        raise MissingArtifact(f"{path} does not exist: get the whole pack again.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BrokenArtifact(f"{path} is damaged ({error}): get the whole pack again.") from error
    labels = [_label(row, path, line) for line, row in enumerate(rows, start=2)]
    return {label.feature: label for label in labels}


def _label(row: dict[str, str], path: Path, line: int) -> FeatureLabel:
    try:
        return FeatureLabel(**{name: _value(row[name], kind) for name, kind in _TYPES.items()})
    except (KeyError, ValueError, TypeError) as error:
        raise BrokenArtifact(
            f"{path}, line {line} is damaged ({error}): get the whole pack again."
        ) from error


def _text(value: Any) -> str:  # Any: as a field's type is
    if isinstance(value, tuple):
        return _SEPARATOR.join(value)
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _value(text: str, kind: Any) -> Any:  # Any: a type, or one of them and None
    if kind == tuple[str, ...]:
        return tuple(text.split(_SEPARATOR)) if text else ()
    choices = get_args(kind)
    if NoneType in choices:
        return None if text == "" else _value(text, choices[0])
    value = kind(text)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value
