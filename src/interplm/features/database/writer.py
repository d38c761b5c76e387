"""Writing `features.duckdb` whole, and opening it."""

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from interplm.errors import (
    BrokenArtifact,
    InaccessibleFile,
    MissingArtifact,
    UserError,
    tells_of_memory,
)
from interplm.features.database.schema import SCHEMA_VERSION, TABLES
from interplm.files.access import check_readable, system_number, telling_access
from interplm.files.atomic import written_aside

_MEND = "run `python -m interplm.score run=<dir>`"
_Settings = dict[str, str | bool | int | float | list[str]]
# A few are as fast, and each takes room for its stack.
_N_WRITING_THREADS = 4
# What DuckDB and its threads take before the first table.
_ROOM = 2**28


def write_database(path: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write all tables; the file appears when it is whole, and replaces an earlier one.

    Args:
        path: of the database.
        tables: every table of the schema, with its columns in any order; columns of lists may
            hold NumPy arrays.

    Raises:
        ValueError: for a table or column that is missing or not in the schema.
        InaccessibleFile: if there is too little memory to begin.
    """
    _check_tables(tables)
    with written_aside(path) as partial:
        # What a killed process left cannot be opened as a database.
        partial.unlink(missing_ok=True)
        with _connect(partial, {"threads": _N_WRITING_THREADS}) as connection:
            for name, table in TABLES.items():
                connection.execute(f"CREATE TABLE {name} ({table.definition()})")
                connection.register("given", tables[name])
                connection.execute(
                    f"INSERT INTO {name} BY NAME SELECT * FROM given ORDER BY {table.order}"
                )
                connection.unregister("given")


def meta_table(values: Mapping[str, Any]) -> pd.DataFrame:
    """The table `meta` with the schema version; values are anything that JSON can hold."""
    stated = {"schema_version": SCHEMA_VERSION} | dict(values)
    return pd.DataFrame(
        {"key": stated.keys(), "value": [json.dumps(value) for value in stated.values()]}
    )


def open_database(
    path: str | Path,
    *,
    n_threads: int = 2,
    memory_limit: str = "512MB",
    reaches_files: bool = False,
) -> duckdb.DuckDBPyConnection:
    """Open for reading.

    Args:
        path: of the database.
        n_threads: that a query may use.
        memory_limit: of the database's cache and of queries.
        reaches_files: let queries read and write other files, as an export does. Without it
            nothing outside the database is within reach, whatever a query says.

    Raises:
        MissingArtifact: if there is no such file.
        BrokenArtifact: if it is damaged, or of another schema version.
        InaccessibleFile: if it is open for writing elsewhere, or there is too little memory.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingArtifact(f"{path} does not exist: {_MEND} to make it.")
    check_readable(path)
    settings: _Settings = {
        "threads": n_threads,
        "memory_limit": memory_limit,
        "enable_external_access": reaches_files,
    }
    try:
        connection = _connect(path, settings, read_only=True)
        version = read_meta(connection).get("schema_version")
    except (duckdb.Error, json.JSONDecodeError, UnicodeDecodeError) as error:
        if "Could not set lock" in str(error):
            raise InaccessibleFile(
                f"{path} is open for writing in another program: close it there, or copy the file."
            ) from error
        raise damaged_database(path, error) from error
    if version != SCHEMA_VERSION:
        connection.close()
        raise BrokenArtifact(
            f"{path} has schema version {version}, this InterPLM reads {SCHEMA_VERSION}: {_MEND} "
            "again with fresh=true, or install the version that wrote it."
        )
    return connection


def damaged_database(path: Path, error: Exception) -> UserError:
    """What is to be said of a database in which something cannot be read."""
    reason = str(error).partition("\n")[0]
    if tells_of_memory(error) or system_number(error):
        return InaccessibleFile(
            f"{path} can't be read now ({reason}), which says nothing against it: mend that."
        )
    return BrokenArtifact(f"{path} is not a readable feature database ({reason}): {_MEND} again.")


def read_meta(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The table `meta`; Any: as each value is."""
    rows = connection.execute("SELECT key, value FROM meta").fetchall()
    return {key: json.loads(value) for key, value in rows}


def _connect(
    path: Path, settings: _Settings, *, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    # Without room for its threads DuckDB ends the whole process; here it is an error that is told.
    with telling_access(path), mmap.mmap(-1, _ROOM):
        pass
    return duckdb.connect(str(path), read_only=read_only, config=settings)


def _check_tables(tables: Mapping[str, pd.DataFrame]) -> None:
    if set(tables) != set(TABLES):
        raise ValueError(f"tables must be {sorted(TABLES)}, got {sorted(tables)}")
    for name, table in TABLES.items():
        wanted, found = set(table.columns), set(tables[name].columns)
        if found != wanted:
            raise ValueError(
                f"{name} must have the columns {sorted(wanted)}: {sorted(wanted - found)} are "
                f"missing, {sorted(found - wanted)} are none of them"
            )
