"""Which proteins of a file are used: a length filter, then a random subset."""

import csv
import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from interplm.errors import MalformedInput, UserError
from interplm.files.atomic import written_aside
from interplm.proteins.records import ProteinRecord, Rejected
from interplm.proteins.source import ProteinSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """min_residues ≤ length ≤ max_residues, then `n_proteins` of these at random.

    Attributes:
        min_residues: shortest protein, in residues.
        max_residues: longest protein; None for no limit.
        n_proteins: size of the random subset; None for all.
        seed: of the subset.
    """

    min_residues: int
    max_residues: int | None
    n_proteins: int | None
    seed: int

    def __post_init__(self) -> None:
        """Refuse settings that select nothing."""
        if self.n_proteins is not None and self.n_proteins < 1:
            raise UserError(
                f"proteins.selection.n_proteins must be at least 1 or null, got {self.n_proteins}."
            )
        if self.max_residues is not None and self.max_residues < max(1, self.min_residues):
            raise UserError(
                f"proteins.selection.max_residues={self.max_residues} is below min_residues="
                f"{self.min_residues}: no protein has such a length."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a file holds and which of its proteins are selected.

    Attributes:
        n_read: records in the file.
        n_rejected: set aside as unusable.
        n_too_short: usable, below min_residues.
        n_too_long: usable, above max_residues.
        n_selected: taken.
        n_residues: of the proteins taken.
        longest: residues of the longest protein taken.
        chosen: positions of the proteins taken among those that pass the filter, ascending; None
            where all are taken.
    """

    n_read: int
    n_rejected: int
    n_too_short: int
    n_too_long: int
    n_selected: int
    n_residues: int
    longest: int
    chosen: Sequence[int] | None

    def summary(self) -> str:
        """One line for the log."""
        return (
            f"{self.n_selected:,} proteins with {self.n_residues:,} residues selected of "
            f"{self.n_read:,} records ({self.n_rejected:,} unusable, {self.n_too_short:,} too "
            f"short, {self.n_too_long:,} too long)."
        )


def survey(
    source: ProteinSource,
    selection: Selection,
    *,
    rejected_csv: Path,
    on_progress: Callable[[int], None] | None = None,
) -> Survey:
    """Read a file once, decide which proteins are taken, and write what was set aside.

    Args:
        source: read to its end.
        selection: what to take.
        rejected_csv: columns accession, field, reason, line; written even if nothing was.
        on_progress: called with 1 for every record.

    Raises:
        UserError: if more proteins are asked for than pass the filter, or none passes.
        MalformedInput: if no record can be used.
    """
    tally = _Tally(selection)
    with (
        written_aside(rejected_csv, by_several=True) as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        rejected = csv.writer(file, lineterminator="\n")
        rejected.writerow(["accession", "field", "reason", "line"])
        for record in source.read():
            if isinstance(record, Rejected):
                rejected.writerow([record.accession, record.field, record.reason, record.line])
            tally.count(record)
            if on_progress is not None:
                on_progress(1)
    return tally.result(source.path)


class _Tally:
    """Counts, and a reservoir of (position, length) of the subset (Vitter 1985, algorithm R)."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._random = random.Random(selection.seed)
        self._n_rejected = self._n_too_short = self._n_too_long = 0
        self._first_rejected: Rejected | None = None
        self._n_passed = self._n_residues = self._longest = 0
        self._reservoir = array("q")
        self._lengths = array("q")

    def count(self, record: ProteinRecord | Rejected) -> None:
        limits = self._selection
        if isinstance(record, Rejected):
            self._n_rejected += 1
            self._first_rejected = self._first_rejected or record
        elif len(record.sequence) < limits.min_residues:
            self._n_too_short += 1
        elif limits.max_residues is not None and len(record.sequence) > limits.max_residues:
            self._n_too_long += 1
        else:
            self._pass(len(record.sequence))

    def _pass(self, length: int) -> None:
        position, self._n_passed = self._n_passed, self._n_passed + 1
        size = self._selection.n_proteins
        if size is None:
            self._n_residues += length
            self._longest = max(self._longest, length)
        elif position < size:
            self._reservoir.append(position)
            self._lengths.append(length)
        elif (slot := self._random.randrange(position + 1)) < size:
            self._reservoir[slot], self._lengths[slot] = position, length

    def result(self, path: Path) -> Survey:
        wanted = self._selection.n_proteins
        odd = self._first_rejected
        if odd is not None and self._n_passed + self._n_too_short + self._n_too_long == 0:
            raise MalformedInput(
                f"{path}, line {odd.line}: {odd.accession[:60]}: {odd.reason}; nor can any other "
                f"of its {self._n_rejected:,} records be used."
            )
        if self._n_passed < (wanted or 1):
            raise UserError(
                f"{wanted or 1} proteins are asked for, but {self._n_passed} of {path} can be used "
                f"and pass the length filter: lower proteins.selection.n_proteins or widen "
                "min_residues and max_residues."
            )
        n_dropped = self._n_rejected + self._n_too_short + self._n_too_long
        return Survey(
            n_read=self._n_passed + n_dropped,
            n_rejected=self._n_rejected,
            n_too_short=self._n_too_short,
            n_too_long=self._n_too_long,
            n_selected=wanted or self._n_passed,
            n_residues=sum(self._lengths) if wanted else self._n_residues,
            longest=max(self._lengths) if wanted else self._longest,
            chosen=array("q", sorted(self._reservoir)) if wanted else None,
        )


def select(source: ProteinSource, selection: Selection, found: Survey) -> Iterator[ProteinRecord]:
    """The proteins that a survey has chosen, in file order, read as a stream.

    Raises:
        UserError: if the file is no longer the one that was surveyed.
    """
    chosen = None if found.chosen is None else iter(found.chosen)
    wanted = None if chosen is None else next(chosen)
    position = n_residues = 0
    for record in source.read():
        if isinstance(record, Rejected) or not _passes(record, selection):
            continue
        if chosen is None or position == wanted:
            n_residues += len(record.sequence)
            wanted = None if chosen is None else next(chosen, None)
            yield record
        position += 1
    if n_residues != found.n_residues:
        raise UserError(f"{source.path} changed while it was read: run the same command again.")


def _passes(record: ProteinRecord, selection: Selection) -> bool:
    longest = selection.max_residues
    length = len(record.sequence)
    return length >= selection.min_residues and (longest is None or length <= longest)
