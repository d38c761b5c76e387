"""What of a UniProtKB table is read: columns it lacks, columns left alone, columns in ruins."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from interplm.concepts.feature_grammar import Feature, Unreadable, is_location
from interplm.concepts.spans import RejectedAnnotation
from interplm.concepts.uniprot_columns import COLUMNS, UNREAD, FeatureColumn
from interplm.errors import MalformedInput
from interplm.proteins.records import ProteinRecord

# Fields that may be odd one by one before a column of nothing else is refused.
_N_ODD = 10
_FEATURE = re.compile(r"(?P<key>[A-Z][A-Z_]{2,}) [<>?]*[0-9]+(?:\.\.[<>?]*[0-9]+|; +/)")


def absent_columns(present: Sequence[FeatureColumn]) -> Iterator[RejectedAnnotation]:
    """Columns of the usual export that a table lacks."""
    for column in COLUMNS:
        if column not in present and not column.beyond_original:
            reason = "the table has no such column, so there are no such concepts"
            yield _of_column(column.column, reason)


class UnreadColumns:
    """Columns of a table that annotate residues and are not read, each named once.

    Args:
        names: of all its columns.
    """

    def __init__(self, names: Iterable[str]) -> None:
        read = {column.column for column in COLUMNS}
        self._pending = [name for name in names if name not in read]

    def in_row(self, row: Mapping[str, str]) -> Iterator[RejectedAnnotation]:
        """Those that are first filled in this row, with what they would tell."""
        for name in [name for name in self._pending if row.get(name)]:
            self._pending.remove(name)
            if name in UNREAD:
                yield _of_column(name, f"the column is not read: it tells {UNREAD[name]}")
            elif match := _FEATURE.match(row[name]):
                reason = f"the column is not read: features {match['key']} are not known here"
                yield _of_column(name, reason)


def _of_column(name: str, reason: str) -> RejectedAnnotation:
    return RejectedAnnotation(accession="", field=name, reason=reason, piece="", line=1)


class ColumnTally:
    """What could be read in each column, while a table is read.

    Attributes:
        n_taken: annotations whose evidence is of the kind asked for.
        n_of_other_evidence: the others.
    """

    def __init__(self) -> None:
        self.n_taken = self.n_of_other_evidence = 0
        self._n_fields: Counter[str] = Counter()
        self._n_read: Counter[str] = Counter()
        self._example: dict[str, str] = {}

    def count(
        self,
        column: FeatureColumn,
        found: Sequence[Feature | Unreadable],
        record: ProteinRecord,
    ) -> None:
        """Count one field, and whether there is any feature in it."""
        self._n_fields[column.column] += 1
        self._n_read[column.column] += any(
            isinstance(one, Feature) and one.key == column.key and is_location(one.location)
            for one in found
        )
        if not self._n_read[column.column]:
            piece = found[0].piece[:60] if found else ""
            self._example.setdefault(column.column, f"line {record.line} has {piece!r}")

    def check_readable(self, path: Path) -> None:
        """Raise MalformedInput if there is a column, or a whole table, of unreadable fields.

        What was counted is forgotten, so that the next table is judged by itself.
        """
        ruined = [name for name, n in self._n_fields.items() if not self._n_read[name]]
        n_ruined = sum(self._n_fields[name] for name in ruined)
        if len(ruined) < len(self._n_fields):
            ruined = [name for name in ruined if self._n_fields[name] >= _N_ODD]
        if ruined and n_ruined >= _N_ODD:
            raise MalformedInput(
                f"{path}: nothing in the {self._n_fields[ruined[0]]:,} fields of the column "
                f"{ruined[0]} can be read ({self._example[ruined[0]]}); it should have KEY "
                'start..end; /qualifier="value": export the table again from UniProtKB as TSV.'
            )
        self._n_fields.clear()
        self._n_read.clear()
        self._example.clear()
