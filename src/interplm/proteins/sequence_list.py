"""Proteins from a plain list of sequences, or a table with a column of them."""

from collections.abc import Iterator
from pathlib import Path

from interplm.errors import MalformedInput, MissingArtifact
from interplm.proteins.fasta import FastaSource
from interplm.proteins.identifiers import name_in_cell
from interplm.proteins.records import ProteinRecord, Rejected
from interplm.proteins.source import ProteinSource
from interplm.proteins.tables import Row, Table
from interplm.proteins.text import numbered_lines
from interplm.proteins.uniprot_tsv import NEEDED_COLUMNS, UniProtTsvSource

_SEQUENCE_COLUMNS = ("sequence", "seq")
_ACCESSION_COLUMNS = ("accession", "entry", "id", "name")


class SequenceListSource(ProteinSource):
    """One sequence a line; or a table with a header, split by commas, semicolons or tabs.

    A table needs a column `sequence` (or `seq`), in capitals or not. Where it has a column
    `accession`, `entry`, `id` or `name` that is taken; else a sequence is known by its line number.
    """

    def _read_raw(self) -> Iterator[ProteinRecord | Rejected]:
        table = Table(self._lines(), expected=(*_SEQUENCE_COLUMNS, *_ACCESSION_COLUMNS))
        if _position(table.columns, _SEQUENCE_COLUMNS) is not None:
            for row in table.rows():
                yield self._of(row, table.columns)
        elif len(table.columns) > 1:
            raise MalformedInput(
                f"{self.path}, line {table.line}: {len(table.columns)} columns, none of them "
                "called sequence: name the columns in a first line."
            )
        else:
            for row in table.rows_without_header():
                yield self._of(row, ["sequence"])

    def _of(self, row: Row, columns: list[str]) -> ProteinRecord | Rejected:
        if len(row.fields) != len(columns):
            reason = f"{len(row.fields)} fields, but the first line has {len(columns)}"
            return Rejected("", "fields", reason, row.line)
        accession = _position(columns, _ACCESSION_COLUMNS)
        name = str(row.line) if accession is None else name_in_cell(row.fields[accession])
        sequence = _position(columns, _SEQUENCE_COLUMNS)
        return self._record(name, row.fields[sequence or 0], "", row.line)


def _position(columns: list[str], names: tuple[str, ...]) -> int | None:
    lower = [column.lower() for column in columns]
    return next((lower.index(name) for name in names if name in lower), None)


def open_sequences(path: str | Path) -> ProteinSource:
    """The source that reads a file of sequences, chosen by its first line.

    Args:
        path: FASTA, a UniProtKB table, another table with a column of sequences, or one sequence a
            line; compressed and encoded as `numbered_lines` reads it.

    Raises:
        MissingArtifact: if there is no such file.
        MalformedInput: if it is not text.
    """
    path = Path(path)
    if not path.exists():
        raise MissingArtifact(
            f"{path} does not exist: give a file of sequences (FASTA, a table, or one a line)."
        )
    first = next((line for _, line in numbered_lines(path) if line.strip()), "")
    if first.startswith((">", ";", "#")):
        return FastaSource(path=path, name=path.stem)
    columns = Table([(1, first)], expected=NEEDED_COLUMNS).columns
    if set(NEEDED_COLUMNS) <= set(columns):
        return UniProtTsvSource(path=path, name=path.stem, reviewed_only=False)
    return SequenceListSource(path=path, name=path.stem)
