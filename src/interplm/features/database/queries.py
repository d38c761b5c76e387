"""Queries of a feature database, from any number of threads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from interplm.features.database.writer import damaged_database, open_database

T = TypeVar("T")

# What is no damage of the file; of that DuckDB has no error of its own.
_NO_DAMAGE = (duckdb.ProgrammingError, duckdb.OutOfMemoryException, duckdb.InterruptException)


class Queries:
    """An open database and what it is asked; arguments and errors are those of FeatureReader."""

    def __init__(self, path: Path, *, n_threads: int, memory_limit: str) -> None:
        self._path = path
        self.connection = open_database(path, n_threads=n_threads, memory_limit=memory_limit)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query with its values; Any: as the columns' types are."""
        # A cursor is a connection of its own to the open database, so threads never share one.
        try:
            with self.connection.cursor() as cursor:
                return cursor.execute(sql, list(values)).fetchall()
        except duckdb.Error as error:
            if isinstance(error, _NO_DAMAGE):
                raise
            raise damaged_database(self._path, error) from error

    def records(self, kind: type[T], sql: str, values: Sequence[Any] = ()) -> list[T]:
        """Rows as dataclasses, whose fields are the columns; `sql` begins with FROM."""
        names = list(kind.__dataclass_fields__)  # type: ignore[attr-defined]
        rows = self.rows(f"SELECT {', '.join(names)} {sql}", values)
        return [kind(**dict(zip(names, map(_plain, row), strict=True))) for row in rows]


def _plain(value: Any) -> Any:  # as the column's type is
    return tuple(value) if isinstance(value, list) else value
