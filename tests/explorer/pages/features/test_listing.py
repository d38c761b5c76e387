import csv
import io
from dataclasses import replace

from tests.explorer.html import cells, gos, text_of

from interplm.explorer.pages.features.listing import features_csv, features_table
from interplm.features.database.search import FeatureQuery


def test_a_row_has_the_figures_of_the_concept_for_which_it_is_there(explorer):
    query = FeatureQuery(text="zinc", proteins=False)
    found, total = explorer.reader.find(query, limit=50)
    rows = cells(features_table(explorer, query, 0))[1:]
    assert len(rows) == total
    for row, feature in zip(rows, found, strict=True):
        assert row[0] == f"f/{feature.feature}"
        assert row[2] == explorer.strength(feature.feature)
        assert row[3] == f"{feature.average_precision:.2f}"


def test_a_page_beyond_the_last_shows_the_last(explorer):
    assert "page 3 of 3" in features_table(explorer, FeatureQuery(amino_acids=True), 10**6)


def test_sorting_again_by_a_column_turns_it_round(explorer):
    def order(query, column):
        return next(go["order"] for go in gos(features_table(explorer, query, 0))
                    if go.get("sort") == column)  # fmt: skip

    assert order(FeatureQuery(sort="f1"), "f1") == "ascending"
    assert order(FeatureQuery(sort="f1"), "label") == "ascending"
    assert order(FeatureQuery(sort="f1"), "density") is None


def test_where_no_concept_has_the_words_proteins_are_searched(explorer):
    accession = explorer.reader.examples(1, "top")[0].accession
    html = features_table(explorer, FeatureQuery(text=accession, proteins=False), 0)
    assert f"fires on {accession}" in html
    assert "by their strongest proteins" in html
    assert "too rare" not in html


def test_above_features_of_proteins_stands_why_none_is_of_a_concept(explorer, monkeypatch):
    accession = explorer.reader.examples(1, "top")[0].accession
    rare = replace(explorer.reader.rare_concepts[0], concept=f"Site of {accession}")
    monkeypatch.setitem(explorer.reader.__dict__, "rare_concepts", (rare,))
    html = features_table(explorer, FeatureQuery(text=accession, proteins=False), 0)
    assert f"{rare.concept} is annotated, but too rare to be scored" in html
    assert f"fires on {accession}" in html


def test_the_csv_holds_every_row_in_full_precision(explorer):
    lines = features_csv(explorer, FeatureQuery(amino_acids=True)).splitlines()
    assert len(lines) == 129
    first = explorer.reader.find(FeatureQuery(amino_acids=True), limit=1)[0][0]
    values = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert float(values["average_precision"]) == first.average_precision


def test_the_csv_holds_the_evidence_of_each_row(explorer):
    query = FeatureQuery(text="zinc", proteins=False)
    found = list(csv.DictReader(io.StringIO(features_csv(explorer, query))))
    for row in found:
        feature = explorer.known_feature(int(row["feature"]))
        (pair,) = [pair for pair in explorer.reader.pairs(feature=feature.feature)
                   if pair.concept == row["concept"]]  # fmt: skip
        assert row["strength"] == feature.strength
        assert float(row["q_value"]) == pair.q_value
        assert int(row["n_domains_test"]) == explorer.concept(pair.concept).n_domains_test


def test_each_empty_list_says_why_and_what_to_do(explorer):
    def said(**conditions):
        return text_of(features_table(explorer, FeatureQuery(**conditions), 0))

    concept = explorer.reader.best_pairs()[0].concept
    rare = explorer.reader.rare_concepts[0]
    assert "Nothing here has the words “no such word”" in said(text="no such word")
    assert "too rare to be scored" in said(text=rare.concept)
    assert f"{rare.n_domains:,} instances" in said(text=rare.concept)
    assert "none of them meets the other conditions" in said(text=concept, min_density=0.9)
    assert "Take these conditions away" in said(min_density=0.9)


def test_what_other_conditions_leave_out_is_annotated_all_the_same(explorer):
    best, *others = {pair.concept: pair for pair in explorer.reader.best_pairs()}.values()
    other = next(p for p in others if p.feature != best.feature)
    area = (2.0, 2.0, 3.0, 3.0)
    accession = explorer.reader.examples(1, "top")[0].accession
    for query in (
        FeatureQuery(text=best.concept, concept=other.concept, area=area),
        FeatureQuery(text=accession, area=area),
        FeatureQuery(text=f"f/{best.feature}", families=("no such family",)),
    ):
        html = features_table(explorer, query, 0)
        assert "is not annotated" not in html
        (away,) = gos(html)
        assert {"area", "families", "concept"} <= away.keys()
    html = features_table(explorer, FeatureQuery(concept=best.concept, area=area), 0)
    assert "concept" not in gos(html)[0]


def test_a_word_that_is_nearly_a_concept_is_guessed(explorer):
    concept = explorer.reader.best_pairs()[0].concept
    misspelt = concept.replace("i", "ii", 1)
    html = features_table(explorer, FeatureQuery(text=misspelt, proteins=False), 0)
    assert "Did you mean" in html
    assert concept in text_of(html)


def test_an_amino_acid_that_is_misspelt_is_guessed(explorer, monkeypatch):
    row = replace(explorer.reader.concepts[0], concept="Amino acid: C", aliases=())
    monkeypatch.setitem(explorer.reader.__dict__, "concepts", (row,))
    # Another explorer, which has not read the concepts yet.
    query = FeatureQuery(text="cystiene", proteins=False)
    said = text_of(features_table(replace(explorer), query, 0))
    assert "Did you mean Amino acid: C ?" in said


def test_a_scored_concept_that_nothing_detects_names_the_best(explorer, monkeypatch):
    concept = explorer.reader.best_pairs()[0].concept
    monkeypatch.setattr(type(explorer.reader), "pairs", lambda self, **_: [])
    monkeypatch.setattr(type(explorer.reader), "find", lambda self, query, limit, offset=0: ([], 0))
    said = text_of(features_table(explorer, FeatureQuery(text=concept), 0))
    assert f"{concept} is scored" in said
    assert "but no feature detects it well enough to be named: the best, f/" in said
