import subprocess
import sys

import duckdb
import pytest
from tests.features.databases import META, tables

from interplm.errors import BrokenArtifact, InaccessibleFile, MissingArtifact
from interplm.features.database.schema import SCHEMA_VERSION, TABLES
from interplm.features.database.writer import open_database, read_meta, write_database


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "features.duckdb"
    write_database(path, tables())
    return path


def test_every_table_comes_back_as_it_was_given(path):
    with open_database(path) as connection:
        for name, given in tables().items():
            found = connection.sql(f"SELECT * FROM {name}").df()
            assert len(found) == len(given)
            assert set(found.columns) == set(given.columns)
        row = connection.execute(
            "SELECT accession, positions, activations FROM examples WHERE feature = 0 AND rank = 0"
        ).fetchone()
        assert row == ("P2", [1, 2, 7], [0.5, 1.0, 0.25])
        label = connection.execute("SELECT label, f1 FROM features WHERE feature = 2").fetchone()
        assert label == (None, None)


def test_meta_holds_values_of_any_kind_and_the_schema_version(path):
    with open_database(path) as connection:
        assert read_meta(connection) == META | {"schema_version": SCHEMA_VERSION}


def test_rows_lie_in_the_order_in_which_they_are_asked_for(path):
    with open_database(path) as connection:
        stored = connection.execute("SELECT feature, rank FROM examples").fetchall()
        assert stored == sorted(stored)
        accessions = connection.execute("SELECT accession FROM proteins").fetchall()
        assert accessions == [("P1",), ("P2",)]


def test_a_database_appears_whole_or_not_at_all(tmp_path):
    broken = tables()
    broken["features"] = broken["features"].assign(feature="not a number")
    path = tmp_path / "features.duckdb"
    with pytest.raises(duckdb.Error):
        write_database(path, broken)
    assert list(tmp_path.iterdir()) == []


def test_a_new_database_replaces_an_old_one_and_what_a_killed_process_left(path):
    path.with_name("features.duckdb.partial").write_bytes(b"torn")
    fewer = tables()
    fewer["pairs"] = fewer["pairs"][:1]
    write_database(path, fewer)
    with open_database(path) as connection:
        assert connection.execute("SELECT count(*) FROM pairs").fetchone() == (1,)
    assert [entry.name for entry in path.parent.iterdir()] == ["features.duckdb"]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_column_that_is_missing_is_an_error_and_never_null(tmp_path, table):
    given = tables()
    given[table] = given[table].drop(columns=given[table].columns[-1])
    with pytest.raises(ValueError, match=rf"{table} must have the columns"):
        write_database(tmp_path / "features.duckdb", given)


def test_a_missing_table_is_an_error(tmp_path):
    given = tables()
    del given["pairs"]
    with pytest.raises(ValueError, match="tables must be"):
        write_database(tmp_path / "features.duckdb", given)


def test_a_database_can_be_read_only_and_reaches_no_other_file(path, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with open_database(path) as connection:
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("DELETE FROM pairs")
        with pytest.raises(duckdb.Error, match=r"[Pp]ermission|disabled"):
            connection.execute(f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')")
        with pytest.raises(duckdb.Error, match=r"Cannot (enable|change).*external.access"):
            connection.execute("SET enable_external_access = true")


def test_another_schema_version_is_refused_with_the_mend(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(
        BrokenArtifact, match=r"schema version 99, this InterPLM reads 4: run `python -m interplm.s"
    ):
        open_database(path)


@pytest.mark.parametrize("content", [b"", b"not a database", b"\0" * 5000])
def test_a_damaged_or_foreign_file_is_refused_with_the_mend(tmp_path, content):
    path = tmp_path / "features.duckdb"
    path.write_bytes(content)
    with pytest.raises(BrokenArtifact, match=r"not a readable feature database .*interplm.score"):
        open_database(path)


def test_a_database_that_another_program_writes_is_not_called_damaged(path):
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        other.stdout.readline()
        with pytest.raises(InaccessibleFile, match="is open for writing in another program"):
            open_database(path)
        other.communicate("\n")
    open_database(path).close()


def test_a_missing_database_names_the_job_that_makes_it(tmp_path):
    with pytest.raises(MissingArtifact, match=r"does not exist: run `python -m interplm.score"):
        open_database(tmp_path / "features.duckdb")


WITHOUT_ROOM = """
import resource, sys
from pathlib import Path
from tests.features.databases import tables
from interplm.errors import InaccessibleFile
from interplm.features.database.writer import open_database, write_database

path = Path(sys.argv[1])
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**24, used + 2**24))
for attempt in (lambda: open_database(path), lambda: write_database(path, tables())):
    try:
        attempt()
    except InaccessibleFile as error:
        print(error)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")
def test_too_little_memory_is_an_error_and_no_end_of_the_process(path):
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ROOM, path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("can't be opened: there is not enough memory") == 2
    assert path.read_bytes() == before
