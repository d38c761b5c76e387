"""Where proteins come from."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

from interplm.errors import MalformedInput, UserError
from interplm.files.checksum import sha256_of
from interplm.proteins.records import ProteinRecord, Rejected, make_record
from interplm.proteins.text import numbered_lines

# Records after which it is settled whether a file holds proteins.
_N_FIRST = 100
# Letters of a line beside its sequence: a header of many names, or all annotations of a table.
_N_BESIDE = 10_000_000


class ReadingSettings(TypedDict, total=False):
    """How a file of proteins is read; see ProteinSource."""

    aligned: bool
    refuse_nucleotides: bool
    longest_record: int


class ProteinSource(ABC):
    """A file of proteins, read as a stream.

    Args:
        path: of the file; see `numbered_lines` for how it may be compressed and encoded.
        name: of the dataset.
        aligned: take gaps (`-` and `.`) out of sequences; otherwise a row of an alignment is set
            aside.
        refuse_nucleotides: set sequences of nucleotides aside, and refuse a file of them.
        longest_record: letters of one sequence; a file with a longer one is refused. A small
            compressed file may hold one that fills the memory.
    """

    def __init__(
        self,
        *,
        path: str | Path,
        name: str,
        aligned: bool = False,
        refuse_nucleotides: bool = True,
        longest_record: int = 10_000_000,
    ) -> None:
        self.path = Path(path)
        self.name = name
        self._aligned = aligned
        self._refuse_nucleotides = refuse_nucleotides
        self._longest_record = longest_record

    _mend_of_length = "take it out, or set proteins.source.longest_record higher."

    @abstractmethod
    def _read_raw(self) -> Iterator[ProteinRecord | Rejected]:
        """Every record in file order, duplicates included."""

    def read(self) -> Iterator[ProteinRecord | Rejected]:
        """Every record in file order; the second of an accession is set aside.

        Raises:
            MissingArtifact: if there is no such file.
            MalformedInput: if the file is damaged, of another format, without any record, or if
                most of its first records are nucleotides.
        """
        n_records = n_nucleotides = 0
        seen = _Accessions()
        with closing(seen):
            for record in self._read_raw():
                n_records += 1
                if isinstance(record, Rejected):
                    n_nucleotides += record.field == "nucleotides"
                    yield record
                elif not seen.add(record.accession):
                    reason = "the accession occurs a second time"
                    yield Rejected(record.accession, "accession", reason, record.line)
                else:
                    yield record
                if n_records == _N_FIRST:
                    self._check_alphabet(n_nucleotides, n_records)
        if n_records == 0:
            raise MalformedInput(f"{self.path} has no record: give a file with proteins.")
        if n_records < _N_FIRST:
            self._check_alphabet(n_nucleotides, n_records)

    def sha256(self) -> str:
        """Of the file as it is; where it is read in another way than usual, of that as well."""
        digest = sha256_of(self.path)
        unusual = self._unusual_settings()
        return sha256(f"{digest} {unusual}".encode()).hexdigest() if unusual else digest

    def _unusual_settings(self) -> str:
        """Settings that change which records there are, where they are not the usual ones."""
        aligned = "aligned " if self._aligned else ""
        return aligned + ("" if self._refuse_nucleotides else "nucleotides ")

    def _lines(self) -> Iterator[tuple[int, str]]:
        """See `numbered_lines`."""
        return numbered_lines(
            self.path, longest=self._longest_record + _N_BESIDE, mend=self._mend_of_length
        )

    def _record(
        self, accession: str, raw_sequence: str, description: str, line: int
    ) -> ProteinRecord | Rejected:
        """See `make_record`."""
        self._check_length(len(raw_sequence), accession, line)
        return make_record(
            accession,
            raw_sequence,
            description,
            line,
            aligned=self._aligned,
            refuse_nucleotides=self._refuse_nucleotides,
        )

    def _check_length(self, n_letters: int, accession: str, line: int) -> None:
        if n_letters > self._longest_record:
            raise MalformedInput(
                f"{self.path}, line {line}: the sequence of {accession[:60] or 'this record'} has "
                f"more than {self._longest_record:,} letters, which no protein has: "
                f"{self._mend_of_length}"
            )

    def _check_alphabet(self, n_nucleotides: int, n_records: int) -> None:
        if 2 * n_nucleotides > n_records:
            raise MalformedInput(
                f"{self.path} looks like nucleotides, not proteins: in {n_nucleotides} of its "
                f"first {n_records} records nearly all letters are A, C, G, T, U or N. Translate "
                "them, or take them as residues with proteins.source.refuse_nucleotides=false."
            )


class _Accessions:
    """A set of strings that grows on disk and not in memory."""

    def __init__(self) -> None:
        # The empty name is a temporary database that SQLite spills to disk and deletes.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE seen (accession TEXT PRIMARY KEY) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def add(self, accession: str) -> bool:
        """True if it was not there yet."""
        try:
            cursor = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (accession,))
        except sqlite3.OperationalError as error:
            raise UserError(
                f"The accessions met so far cannot be kept in the temporary folder ({error}): free "
                "some space there, or name another folder with TMPDIR."
            ) from error
        return cursor.rowcount == 1

    def close(self) -> None:
        self._database.close()
