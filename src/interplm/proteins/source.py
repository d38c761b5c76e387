"""Where proteins come from."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from interplm.errors import MalformedInput
from interplm.files.checksum import sha256_of
from interplm.proteins.records import ProteinRecord, Rejected


class ProteinSource(ABC):
    """A file of proteins, read as a stream.

    Args:
        path: plain or gzip.
        name: of the dataset.
    """

    def __init__(self, *, path: str | Path, name: str) -> None:
        self.path = Path(path)
        self.name = name

    @abstractmethod
    def _read_raw(self) -> Iterator[ProteinRecord | Rejected]:
        """Every record in file order, duplicates included."""

    def read(self) -> Iterator[ProteinRecord | Rejected]:
        """Every record in file order; the second of an accession is set aside.

        Raises:
            MissingArtifact: if there is no such file.
            MalformedInput: if the file is damaged, of another format, or without any record.
        """
        n_records = 0
        seen = _Accessions()
        with closing(seen):
            for record in self._read_raw():
                n_records += 1
                if isinstance(record, ProteinRecord) and not seen.add(record.accession):
                    reason = "the accession occurs a second time"
                    yield Rejected(record.accession, "accession", reason, record.line)
                else:
                    yield record
        if n_records == 0:
            raise MalformedInput(f"{self.path} has no record: give a file with proteins.")

    def sha256(self) -> str:
        """Of the file as it is."""
        return sha256_of(self.path)


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
        cursor = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (accession,))
        return cursor.rowcount == 1

    def close(self) -> None:
        self._database.close()
