import pytest

from interplm.explorer.render.controls import choice, field, radios, tick
from interplm.explorer.render.exports import Export, exported, figure_exports, table_export
from interplm.explorer.render.help import MEANINGS, help_mark
from interplm.explorer.render.pager import pager

EVIL = '"><script>'


def test_the_first_choice_is_the_default_and_texts_are_escaped():
    html = choice("concept", "Concept", {"": "any", EVIL: EVIL}, resets="page")
    assert 'data-entry="concept" data-default="" data-resets="page"' in html
    assert "<script" not in html


def test_radios_may_have_another_default():
    html = radios("bucket", "Proteins", ["a", "b"], default="b")
    assert html.count('data-default="b"') == 2
    assert "<legend>Proteins</legend>" in html


def test_fields_and_boxes_write_their_entry():
    assert 'data-entry="q"' in field("q", "Search", hint=EVIL)
    assert "<script" not in field("q", "Search", hint=EVIL)
    assert 'type="checkbox" data-entry="amino"' in tick("amino", "amino acids")


@pytest.mark.parametrize("term", MEANINGS)
def test_every_meaning_is_one_sentence_that_its_mark_says(term):
    assert MEANINGS[term].endswith(".")
    assert "aria-label=" in help_mark(term)


def test_exports_name_what_they_save():
    html = exported(table_export("pairs", {"feature": 1}, "x"), *figure_exports("logo", {}, "y"))
    assert html.count("<button") == 4
    assert 'data-file="x.csv"' in html
    assert "&quot;kind&quot;:&quot;pdf&quot;" in html
    assert "data-canvas" in exported(Export("PNG", canvas=True, file="z.png"))


def test_a_pager_counts_from_one_and_leaves_the_first_page_out():
    html = pager(1, 2)
    assert "page 2 of 3" in html
    assert "&#123;&quot;page&quot;:null&#125;" in html
    assert "&#123;&quot;page&quot;:&quot;3&quot;&#125;" in html
    assert pager(0, 0) == ""
