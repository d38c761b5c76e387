import re
from dataclasses import replace

import pytest
from tests.explorer.html import cells, links, text_of

from interplm.explorer.address import Address
from interplm.explorer.pages.concepts.concept import concept_head, concept_pairs
from interplm.explorer.pages.concepts.listing import concept_list
from interplm.explorer.pages.concepts.verdicts import VERDICTS, verdicts


def best(explorer):
    return explorer.reader.best_pairs()[0].concept


def test_all_concepts_are_listed_the_best_detected_first(explorer):
    rows = cells(concept_list(explorer, Address({})))[1:]
    assert len(rows) == len(explorer.reader.concepts)
    pair = explorer.reader.best_pairs()[0]
    assert rows[0][0].startswith(pair.concept)
    assert rows[0][4] == f"f/{pair.feature}"


def test_words_find_concepts_by_name_alias_and_family(explorer):
    row = next(row for row in explorer.reader.concepts if row.aliases)
    for words in (row.concept, row.aliases[0], row.family.upper()):
        html = concept_list(explorer, Address({"q": words}))
        assert row.concept in text_of(html)
    assert "No concept has" in concept_list(explorer, Address({"q": "no such word"}))
    rare = explorer.reader.rare_concepts[0]
    assert "too rare to be scored" in concept_list(explorer, Address({"q": rare.concept}))


@pytest.mark.parametrize(("concept", "words"), [("Binding site: Ca(2+)", "Ca2+ binding-site"),
                                                ("Amino acid: C", "cysteine")])  # fmt: skip
def test_words_find_concepts_however_they_are_written(explorer, monkeypatch, concept, words):
    row = replace(explorer.reader.concepts[0], concept=concept, category=concept.split(":")[0])
    monkeypatch.setitem(explorer.reader.__dict__, "concepts", (row,))
    assert concept in text_of(concept_list(explorer, Address({"q": words})))


def test_a_concept_says_what_it_is_and_how_often_it_occurs(explorer):
    row = explorer.concept(best(explorer))
    said = text_of(concept_head(explorer, Address({"concept": row.concept})))
    assert f"{row.n_domains_test:,} instances" in said
    assert f"{row.n_clusters_test:,} families" in said


def test_a_concept_that_is_not_scored_says_which_of_its_causes_it_is(explorer):
    rare = explorer.reader.rare_concepts[0]
    assert "too rare to be scored" in concept_head(explorer, Address({"concept": rare.concept}))
    assert "Did you mean Signal peptide" in concept_head(
        explorer, Address({"concept": "signal-peptide"})
    )


def test_pairs_of_the_sae_stand_above_the_best_of_each_baseline(explorer):
    html = concept_pairs(explorer, Address({"concept": best(explorer)}))
    rows = cells(html)[1:]
    kinds = [row[0] for row in rows]
    assert kinds[0] == "SAE"
    assert kinds == sorted(kinds, key=lambda kind: kind != "SAE")
    others = {p.representation for p in explorer.reader.pairs(concept=best(explorer))} - {"sae"}
    assert len([kind for kind in kinds if kind != "SAE"]) == len(others)


def test_verdicts_are_those_of_the_database_page_by_page(explorer):
    concept = best(explorer)
    counts = explorer.reader.n_verdicts(concept)
    for verdict in VERDICTS:
        html = verdicts(explorer, Address({"concept": concept, "verdict": verdict}))
        assert re.findall(r"(Missed|Extra|Found) ([\d,]+)<", html) == [
            (name.capitalize(), f"{counts.get(name, 0):,}") for name in VERDICTS
        ]
        stored = explorer.reader.verdicts(concept, verdict, limit=explorer.n_rows)
        if not stored:
            continue
        rows = cells(html)[1:]
        assert [row[0] for row in rows] == [row.accession for row in stored]
        assert [row[2] for row in rows] == [f"{row.strength:.2f}" for row in stored]
        assert any(f"accession={stored[0].accession}" in link for link in links(html))


def test_a_page_of_verdicts_beyond_the_last_is_the_last(explorer):
    concept = best(explorer)
    html = verdicts(explorer, Address({"concept": concept, "verdict": "found", "page": "99999"}))
    assert len(cells(html)) > 1
