"""Proteins from a plain list of sequences, or a table with a column of them."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from interplm.errors import MalformedInput, MissingArtifact
from interplm.proteins.fasta import FastaSource
from interplm.proteins.records import ProteinRecord, Rejected, make_record
from interplm.proteins.source import ProteinSource
from interplm.proteins.text import numbered_lines
from interplm.proteins.uniprot_tsv import UniProtTsvSource

_SEQUENCE_COLUMNS = ("sequence", "seq")
_ACCESSION_COLUMNS = ("accession", "entry", "id", "name")


class SequenceListSource(ProteinSource):
    """One sequence a line; or a table with a header, split by commas, semicolons or tabs.

    A table needs a column `sequence` (or `seq`), in capitals or not. Where it has a column
    `accession`, `entry`, `id` or `name` that is taken; else a sequence is known by its line number.
    """

    def _read_raw(self) -> Iterator[ProteinRecord | Rejected]:
        lines: Iterator[tuple[int, str]] = (
            (number, line) for number, line in numbered_lines(self.path) if line.strip()
        )
        first = next(lines, None)
        if first is None:
            return
        delimiter = next((mark for mark in ",;\t" if mark in first[1]), ",")
        columns = [
            name.strip().lower() for name in next(csv.reader([first[1]], delimiter=delimiter))
        ]
        sequence = _position(columns, _SEQUENCE_COLUMNS)
        if sequence is None:
            if len(columns) > 1:
                raise MalformedInput(
                    f"{self.path}, line {first[0]}: {len(columns)} columns, none of them called "
                    "sequence: name the columns in a first line."
                )
            sequence, lines = 0, chain([first], lines)
        accession = _position(columns, _ACCESSION_COLUMNS) if len(columns) > 1 else None
        for number, line in lines:
            fields = next(csv.reader([line], delimiter=delimiter))
            if len(fields) != len(columns):
                raise MalformedInput(
                    f"{self.path}, line {number}: {len(fields)} fields, but the first line has "
                    f"{len(columns)}: give every sequence a line of its own."
                )
            name = str(number) if accession is None else fields[accession].strip()
            yield make_record(name, fields[sequence], "", number)


def _position(columns: list[str], names: tuple[str, ...]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def open_sequences(path: str | Path) -> ProteinSource:
    """The source that reads a file of sequences, chosen by its first line.

    Args:
        path: FASTA, a UniProtKB table, another table with a column of sequences, or one sequence a
            line; plain or gzip.

    Raises:
        MissingArtifact: if there is no such file.
        MalformedInput: if it is not text.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingArtifact(
            f"{path} does not exist: give a file of sequences (FASTA, a table, or one a line)."
        )
    first = next((line for _, line in numbered_lines(path) if line.strip()), "")
    if first.startswith((">", ";")):
        return FastaSource(path=path, name=path.stem)
    if {"Entry", "Sequence"} <= set(first.split("\t")):
        return UniProtTsvSource(path=path, name=path.stem, reviewed_only=False)
    return SequenceListSource(path=path, name=path.stem)
