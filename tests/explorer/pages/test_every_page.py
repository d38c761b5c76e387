"""All parts of all pages, over a database whose every text is hostile, and over an ordinary one."""

import re
import shutil
from dataclasses import replace

import duckdb
import pytest
from tests.explorer.conftest import explorer_of
from tests.explorer.html import is_well_nested, text_of

from interplm.explorer.address import Address
from interplm.explorer.context import Explorers
from interplm.explorer.pages import PAGES

EVIL = '<script>alert(1)</script>"${alert(2)}{{3}}'
SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"


@pytest.fixture(scope="module")
def hostile(run_folder, tmp_path_factory):
    """The same run with a hostile text in every column of text."""
    path = tmp_path_factory.mktemp("hostile") / "features.duckdb"
    shutil.copy(run_folder / "score" / "features.duckdb", path)
    with duckdb.connect(str(path)) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE data_type = "
            "'VARCHAR' AND column_name NOT IN ('sequence', 'bucket', 'representation', 'verdict', "
            "'baseline', 'split', 'role', 'kind', 'strength', 'labels') AND table_name <> 'meta'"
        ).fetchall()
        assert len(columns) > 20
        for table, column in columns:
            connection.execute(
                f"UPDATE {table} SET {column} = ? || {column} WHERE {column} IS NOT NULL", [EVIL]
            )
        for key in ("plm", "architecture", "dataset"):
            connection.execute(
                "UPDATE meta SET value = to_json(?::VARCHAR) WHERE key = ?", [EVIL, key]
            )
    explorer = explorer_of(run_folder, database=path)
    # None of a hostile name may be read beside the database, so its structure is left out too.
    return Explorers([explorer])


@pytest.fixture(scope="module")
def without_run(run_folder, tmp_path_factory):
    """Scores of an SAE from elsewhere: nothing is known of its training, no model is beside it."""
    path = tmp_path_factory.mktemp("scores") / "features.duckdb"
    shutil.copy(run_folder / "score" / "features.duckdb", path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "DELETE FROM meta WHERE key NOT IN ('schema_version', 'plm', 'layer', 'created')"
        )
    return Explorers([replace(explorer_of(run_folder, database=path), encoder=None)])


def addresses(explorer):
    """Entries that ask for all that the pages can show."""
    concept = explorer.reader.concepts[0].concept
    accession = explorer.reader.examples(1)[0].accession
    feature = {"feature": "1", "with": "2", "accession": accession, "effect": "1"}
    protein = {"protein": f">a {EVIL}\n{SEQUENCE}", "show": "all", "region": "5-9",
               "saturate": "1"}  # fmt: skip
    return [
        {}, feature, {"concept": concept, "verdict": "extra", "q": concept[-6:]},
        {"concept": EVIL, "q": EVIL, "feature": EVIL, "accession": EVIL, "run": ""},
        protein, {**protein, **feature, "own": "1"},
        {"protein": SEQUENCE, "mutations": "L8P", "show": "all", "feature": "1"},
        {"protein": EVIL, "mutations": EVIL, "other": EVIL, "feature": "1"},
        {"run": EVIL},
    ]  # fmt: skip


def every_part(explorers):
    for entries in addresses(explorers.first):
        for page in PAGES:
            for part in page.parts:
                html = part.html(explorers, Address(entries))
                yield f"{page.name}: {part.name} of {str(entries)[:200]}", html


def test_hostile_texts_are_shown_as_text(hostile):
    n_shown = 0
    for name, html in every_part(hostile):
        assert "<script" not in html, name
        assert "${" not in html, name
        assert "{{" not in html, name
        assert "went wrong on the server" not in html, name
        # Nothing but our own attributes: what a text could add would begin with "on".
        assert re.findall(r"<[a-z-]+[^>]*\son\w+=", html) == [], name
        n_shown += "alert(1)" in html
    assert n_shown > 20


def test_scores_without_a_training_run_are_shown_and_what_is_missing_is_said(without_run):
    for name, html in every_part(without_run):
        assert is_well_nested(html), name
        assert "went wrong on the server" not in html, name
    said = text_of(PAGES[0].part("overview").html(without_run, Address({})))
    assert "Mean average precision" in said
    assert "features on a residue" in said
    assert "Explained variance" not in said  # no card without a figure
    (yours,) = (page for page in PAGES if page.path == "your-protein")
    assert "No sequence can be read here" in yours.part("ready").html(without_run, Address({}))


def test_every_part_is_well_nested_and_none_fails(explorers):
    for name, html in every_part(explorers):
        assert is_well_nested(html), name
        assert "went wrong on the server" not in html, name


def test_ids_of_elements_are_used_once_on_a_page(explorers):
    for page in PAGES:
        html = page.html() + "".join(
            p.html(explorers, Address({"feature": "1"})) for p in page.parts
        )
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), page.name


def test_every_part_has_its_place_in_the_layout():
    for page in PAGES:
        for part in page.parts:
            assert f'data-part="{part.name}"' in page.html()


def test_a_fault_is_said_and_logged(explorers, monkeypatch, caplog):
    part = PAGES[0].parts[0]
    monkeypatch.setattr(type(explorers.first.reader), "summaries", property(lambda self: 1 / 0))
    assert "went wrong on the server" in part.html(explorers, Address({}))
    assert "ZeroDivisionError" in caplog.text
