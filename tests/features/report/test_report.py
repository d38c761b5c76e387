import csv
import re
from html.parser import HTMLParser

import duckdb
import pytest
from tests.features.databases import tables

from interplm.features.database.writer import write_database
from interplm.features.report.report import EXPORTED, write_report

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Checks that elements close in order, and notes what the page would load."""

    def __init__(self):
        super().__init__()
        self.open, self.loaded, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.loaded += [v for name, v in attrs if name in ("src", "href", "xlink:href") and v]

    def handle_startendtag(self, tag, attrs):
        self.loaded += [v for name, v in attrs if name in ("src", "href", "xlink:href") and v]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def folder(tmp_path):
    write_database(tmp_path / "features.duckdb", tables())
    assert write_report(tmp_path / "features.duckdb", tmp_path) == tmp_path / "report.html"
    return tmp_path


@pytest.fixture
def page(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_loads_nothing_from_elsewhere(page):
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in outline.loaded)
    assert "<script" not in page
    assert not re.search(r"@import|url\(\s*['\"]?http", page)


def test_names_of_concepts_are_text_and_never_markup(page):
    assert "<b>turn</b>" not in page
    assert "Helix &amp; &lt;b&gt;turn&lt;/b&gt;" in page


def test_the_figures_are_those_of_the_database(page):
    for words in (
        "esm2_demo layer 3: 5 features", "2 proteins of demo, 2025-01-02",
        "mean average precision over distinct concepts (Random SAE 0.47, PLM neurons 0.20)",
        "1 validation and 1 test protein.", "1,234", "unknown position", "0.90", "0.85–0.95",
        "1 of 5 features are silent on the scored proteins", "0.912", "31.6",
        "also Zinc finger: any, Zinc finger: &lt;i&gt;C2H2&lt;/i&gt;",
        "position alone explains it", "always on 0.33", "PLM neurons 0.40",
        "A baseline is ahead of the SAE: Random SAE", "1 more concepts are too rare",
        "No feature finds anything of: Strand.",
    ):  # fmt: skip
        assert words in page, words


def test_pictures_take_their_ink_from_the_page_in_light_and_dark(page):
    assert page.count('<svg role="img"') == 5
    assert "var(--ink)" in page
    assert "#010203" not in page
    assert "prefers-color-scheme: dark" in page


def test_the_same_database_gives_the_same_page(folder, page):
    write_report(folder / "features.duckdb", folder)
    assert (folder / "report.html").read_text(encoding="utf-8") == page


def test_markdown_says_the_same(folder):
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "| | SAE | Random SAE | PLM neurons |\n|---|---|---|---|\n" in text
    assert "| mean average precision | 0.440 | 0.470 (0.450–0.490) | 0.200 |\n" in text
    assert "| features with a concept | 2 | 2 | 2 |\n" in text
    (line,) = (line for line in text.splitlines() if line.startswith("| Zinc finger |"))
    assert "| f/0 | 0.90 | 0.85 to 0.95 | 0.03 | +0.50 | PLM neurons 0.40 |" in line
    # A table has no empty line within it.
    assert "|\n\n|" not in text.replace("|\n\n| |", "")


def test_the_evidence_of_a_label_is_told_in_words(page):
    assert "fires along most of the concept’s residues" in page or (
        "fires along most of the concept&#39;s residues" in page
    )


def test_tables_are_csv_and_parquet_with_the_same_rows(folder):
    for name, given in tables().items():
        if name not in EXPORTED:
            continue
        with (folder / "tables" / f"{name}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        parquet = duckdb.sql(f"SELECT * FROM '{folder / 'tables' / name}.parquet'").df()
        assert len(rows) == len(parquet) == len(given)
        assert list(rows[0]) == list(parquet.columns)


def test_a_run_without_any_pair_has_a_report_that_says_so(tmp_path):
    given = tables()
    given["pairs"], given["scores"] = given["pairs"][:0], given["scores"][:0]
    given["features"] = given["features"].assign(
        n_active=0, density=0.0, label=None, concept=None, f1=None, family=None, strength=None
    )
    write_database(tmp_path / "features.duckdb", given)
    page = write_report(tmp_path / "features.duckdb", tmp_path).read_text(encoding="utf-8")
    assert "no feature finds any concept" in page
    assert "5 of 5 features are silent on the scored proteins" in page
