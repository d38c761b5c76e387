"""Proteins from a UniProtKB table, as its website and REST interface export it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Unpack

from interplm.errors import MalformedInput
from interplm.proteins.identifiers import name_in_cell, visible
from interplm.proteins.records import ProteinRecord, Rejected, make_record
from interplm.proteins.source import ProteinSource, ReadingSettings
from interplm.proteins.tables import NOTHING, Table, whole_number

NEEDED_COLUMNS = ("Entry", "Sequence")
_READ = (*NEEDED_COLUMNS, "Reviewed", "Protein names", "Length", "AlphaFoldDB")
# What columns were called before 2022.
_FORMER_NAMES = {"Status": "Reviewed", "Cross-reference (AlphaFoldDB)": "AlphaFoldDB"}

MakeRecord = Callable[[str, str, str, int], ProteinRecord | Rejected]


def read_rows(
    path: Path, lines: Iterable[tuple[int, str]], names: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]] | Rejected]:
    """Line number and fields of every row; a row of another width than the header is set aside.

    Read are exports of UniProtKB, in which `"` is a character, and tables that pandas, R or a
    spreadsheet saved of them, see `tables`.

    Args:
        path: for messages.
        lines: of the file, numbered.
        names: of columns that are looked for, besides those that every reader of proteins does.

    Raises:
        MalformedInput: for a table without the columns Entry and Sequence.
    """
    table = Table(lines, expected=(*NEEDED_COLUMNS, "Reviewed", "Status", "Length"))
    _check_columns(path, _named(table.columns, names))
    columns: list[str] = []
    for row in table.rows():
        columns = columns or _named(table.columns, names)
        if len(row.fields) == len(columns):
            cells = zip(columns, row.fields, strict=True)
            yield row.line, {name: _content(name, cell) for name, cell in cells}
        else:
            reason = f"{len(row.fields)} fields, but the header has {len(columns)}"
            yield Rejected(row.fields[0][:60], "fields", reason, row.line)


def _content(column: str, cell: str) -> str:
    """What a cell holds; NA may be a sequence, and in other columns is nothing."""
    return "" if column not in NEEDED_COLUMNS and cell.strip() in NOTHING else cell


def _named(columns: Sequence[str], names: Iterable[str]) -> list[str]:
    """Columns under the names that UniProtKB has for them, of which R keeps no marks and blanks."""
    known = {_reduced(name): name for name in (*_READ, *names)}
    known |= {_reduced(former): name for former, name in _FORMER_NAMES.items()}
    own = (known.get(_reduced(column), column) for column in columns)
    return [column if name in columns else name for column, name in zip(columns, own, strict=True)]


def _reduced(name: str) -> str:
    """`domain ft` of `Domain [FT]` and of R's `Domain..FT.`."""
    return re.sub(r"[\W_]+", " ", name).strip().lower()


def _check_columns(path: Path, columns: list[str]) -> None:
    missing = [name for name in NEEDED_COLUMNS if name not in columns]
    if missing:
        raise MalformedInput(
            f"{path} has no column {' and no column '.join(missing)} (found: "
            f"{', '.join(columns)[:200]}): export it from UniProtKB as TSV with these columns."
        )


def read_entries(
    path: Path,
    lines: Iterable[tuple[int, str]],
    *,
    reviewed_only: bool,
    names: Sequence[str] = (),
    make: MakeRecord = make_record,
) -> Iterator[tuple[dict[str, str], ProteinRecord | Rejected]]:
    """Fields of every row, and the protein in it.

    Args:
        path: for messages.
        lines: of the file, numbered.
        reviewed_only: leave out entries whose column Reviewed does not say "reviewed".
        names: see read_rows.
        make: of accession, sequence, description and line a record.

    Raises:
        MalformedInput: as read_rows, or where reviewed entries are asked for and there is none, or
            no column Reviewed to look at.
    """
    n_taken = n_unreviewed = 0
    for row in read_rows(path, lines, names):
        if isinstance(row, Rejected):
            yield {}, row
            continue
        line, fields = row
        if reviewed_only and "Reviewed" not in fields:
            raise MalformedInput(
                f"{path} has no column Reviewed: add it to the export, or set "
                "source.reviewed_only=false."
            )
        if reviewed_only and fields["Reviewed"].strip() != "reviewed":
            n_unreviewed += 1
            continue
        n_taken += 1
        yield fields, _record(fields, line, make)
    if n_unreviewed and not n_taken:
        raise MalformedInput(
            f"{path}: none of its {n_unreviewed:,} entries is reviewed: set "
            "source.reviewed_only=false to take them."
        )


class UniProtTsvSource(ProteinSource):
    """Proteins of a UniProtKB table; needs the columns Entry and Sequence.

    Args:
        path: see ProteinSource.
        name: of the dataset.
        reviewed_only: leave out entries whose column Reviewed does not say "reviewed".
        settings: see ProteinSource.
    """

    def __init__(
        self,
        *,
        path: str | Path,
        name: str,
        reviewed_only: bool,
        **settings: Unpack[ReadingSettings],
    ) -> None:
        super().__init__(path=path, name=name, **settings)
        self._reviewed_only = reviewed_only

    def _unusual_settings(self) -> str:
        return super()._unusual_settings() + ("" if self._reviewed_only else "unreviewed ")

    def _read_raw(self) -> Iterator[ProteinRecord | Rejected]:
        entries = read_entries(
            self.path, self._lines(), reviewed_only=self._reviewed_only, make=self._record
        )
        for _, record in entries:
            yield record


def _record(row: dict[str, str], line: int, make: MakeRecord) -> ProteinRecord | Rejected:
    accession, name = name_in_cell(row["Entry"]), visible(row.get("Protein names", ""))
    record = make(accession, row["Sequence"], name, line)
    stated = row.get("Length", "").strip()
    if not isinstance(record, ProteinRecord) or stated in ("", str(len(record.sequence))):
        return record
    if whole_number(stated) == len(record.sequence):
        return record
    reason = f"Length says {stated}, the sequence has {len(record.sequence)} residues"
    return Rejected(record.accession, "length", reason, line)
