"""Proteins from a UniProtKB table, as its website and REST interface export it."""

from collections.abc import Iterator
from pathlib import Path

from interplm.errors import MalformedInput
from interplm.proteins.records import ProteinRecord, Rejected, make_record
from interplm.proteins.source import ProteinSource
from interplm.proteins.text import numbered_lines


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and fields of every row; the format has no quoting, `"` is a character.

    Raises:
        MalformedInput: for a table without the columns Entry and Sequence, or a row with another
            number of fields than the header.
    """
    columns: list[str] | None = None
    for number, line in numbered_lines(path):
        fields = line.split("\t")
        if columns is None:
            columns = fields
            _check_columns(path, columns)
        elif line.strip():
            if len(fields) != len(columns):
                raise MalformedInput(
                    f"{path}, line {number}: {len(fields)} fields, but the header has "
                    f"{len(columns)}: export the table again as TSV."
                )
            yield number, dict(zip(columns, fields, strict=True))


def _check_columns(path: Path, columns: list[str]) -> None:
    missing = [name for name in ("Entry", "Sequence") if name not in columns]
    if missing:
        raise MalformedInput(
            f"{path} has no column {' and no column '.join(missing)} (found: "
            f"{', '.join(columns)[:200]}): export it from UniProtKB as TSV with these columns."
        )


def read_entries(
    path: Path, *, reviewed_only: bool
) -> Iterator[tuple[dict[str, str], ProteinRecord | Rejected]]:
    """Fields of every row, and the protein in it.

    Args:
        path: plain or gzip.
        reviewed_only: leave out entries whose column Reviewed does not say "reviewed".

    Raises:
        MalformedInput: as read_rows, or where there is no column Reviewed to look at.
    """
    for number, row in read_rows(path):
        if reviewed_only and "Reviewed" not in row:
            raise MalformedInput(
                f"{path} has no column Reviewed: add it to the export, or set "
                "source.reviewed_only=false."
            )
        if not reviewed_only or row["Reviewed"] == "reviewed":
            yield row, _record(row, number)


class UniProtTsvSource(ProteinSource):
    """Proteins of a UniProtKB table; needs the columns Entry and Sequence.

    Args:
        path: plain or gzip.
        name: of the dataset.
        reviewed_only: leave out entries whose column Reviewed does not say "reviewed".
    """

    def __init__(self, *, path: str | Path, name: str, reviewed_only: bool) -> None:
        super().__init__(path=path, name=name)
        self._reviewed_only = reviewed_only

    def _read_raw(self) -> Iterator[ProteinRecord | Rejected]:
        for _, record in read_entries(self.path, reviewed_only=self._reviewed_only):
            yield record


def _record(row: dict[str, str], line: int) -> ProteinRecord | Rejected:
    record = make_record(row["Entry"].strip(), row["Sequence"], row.get("Protein names", ""), line)
    stated = row.get("Length", "").strip()
    if isinstance(record, ProteinRecord) and stated not in ("", str(len(record.sequence))):
        reason = f"Length says {stated}, the sequence has {len(record.sequence)} residues"
        return Rejected(record.accession, "length", reason, line)
    return record
