"""Pages over a database whose every text is hostile, and over nothing."""

import json
import re
import shutil
from html import unescape

import duckdb
import numpy as np
import pytest
from tests.explorer.conftest import explorer_of
from tests.explorer.runs import pdb

from interplm.errors import MalformedInput
from interplm.explorer.address import Address
from interplm.explorer.pages.concepts.concept import concept_page
from interplm.explorer.pages.concepts.proteins import stored_verdicts
from interplm.explorer.pages.feature.proteins import chosen_protein, protein_rows
from interplm.explorer.pages.feature.ribbon import coloured_structure, local_structure
from interplm.explorer.pages.feature.summary import (
    feature_below,
    feature_number,
    feature_top,
    no_feature,
)
from interplm.explorer.pages.features.listing import features_table
from interplm.explorer.pages.overview import overview
from interplm.explorer.pages.your_protein.reading import rank, your_protein
from interplm.explorer.render.markup import concept_link, feature_link
from interplm.features.database.search import FeatureQuery

EVIL = '<script>alert(1)</script>"${alert(2)}{{3}}'
SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"


@pytest.fixture(scope="module")
def hostile(run_folder, tmp_path_factory):
    """The same run with a hostile text in every column of text."""
    path = tmp_path_factory.mktemp("hostile") / "features.duckdb"
    shutil.copy(run_folder / "score" / "features.duckdb", path)
    with duckdb.connect(str(path)) as connection:
        for table, column in (
            ("features", "label"), ("features", "concept"), ("features", "family"),
            ("features", "pattern"), ("concepts", "concept"), ("concepts", "family"),
            ("concepts", "category"), ("concepts", "kind"), ("pairs", "concept"),
            ("scores", "concept"), ("proteins", "accession"), ("proteins", "name"),
            ("annotations", "accession"), ("annotations", "concept"), ("annotations", "note"),
            ("examples", "accession"), ("enrichment", "label"), ("enrichment", "kind"),
        ):  # fmt: skip
            connection.execute(
                f"UPDATE {table} SET {column} = ? || {column} WHERE {column} IS NOT NULL", [EVIL]
            )
        for key in ("plm", "architecture", "dataset"):
            connection.execute(
                "UPDATE meta SET value = to_json(?::VARCHAR) WHERE key = ?", [EVIL, key]
            )
    return explorer_of(run_folder, database=path)


@pytest.fixture(scope="module")
def hostile_pages(hostile):
    return pages(hostile)


def pages(explorer):
    feature = explorer.reader.feature(1)
    concept = explorer.reader.concepts[0].concept
    return {
        "overview": overview(explorer, Address({})),
        "features": features_table(explorer, FeatureQuery(), 0),
        "top": feature_top(explorer, feature),
        "below": feature_below(explorer, feature),
        "rows": protein_rows(explorer, feature, bucket="top", align="peak"),
        "whole": chosen_protein(explorer, feature, None),
        "structure": local_structure(explorer, feature, None),
        "concept": concept_page(explorer, concept),
        "verdicts": stored_verdicts(explorer, concept),
        "yours": your_protein(explorer, f">a {EVIL}\n{SEQUENCE}", "", ""),
        "mutant": your_protein(explorer, SEQUENCE, "L8P", ""),
        "title": explorer.title(),
    }


@pytest.mark.parametrize("page", [
    "overview", "features", "top", "below", "rows", "whole", "structure", "concept", "verdicts",
    "yours", "mutant",
])  # fmt: skip
def test_hostile_texts_are_shown_as_text(hostile_pages, page):
    html = hostile_pages[page]
    assert "script" in html
    assert "<script" not in html
    assert "${" not in html
    assert "{{" not in html
    # Nothing but our own attributes: what a text could add would begin with "on".
    assert re.findall(r"<[a-z-]+[^>]*\son\w+=", html) == []


def test_every_page_is_well_nested(explorer):
    for name, html in pages(explorer).items():
        stack = []
        for closing, tag, rest in re.findall(r"<(/?)([a-z][a-z0-9-]*)([^>]*)>", html):
            if closing:
                assert stack.pop() == tag, name
            elif not rest.endswith("/"):
                stack.append(tag)
        assert stack == [], name


def test_the_overview_names_the_baseline_beside_the_count(explorer):
    counts = explorer.reader.n_concept_features()
    html = overview(explorer, Address({}))
    assert f"<b>{counts['sae']}</b>" in html
    assert f"neurons: {counts['neurons']}" in html


def test_the_overview_shows_the_fidelity_that_training_measured(explorer, monkeypatch):
    monkeypatch.setitem(explorer.reader.meta, "figures", {"fidelity/loss_recovered": 0.875})
    assert "<b>87.5 %</b>" in overview(explorer, Address({}))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        ("0", 0),
        (None, None),
        ("-1", None),
        ("1e3", None),
        ("../x", None),
        ("9" * 30, None),
    ],
)
def test_a_link_names_a_feature_by_its_number_only(text, number):
    assert feature_number(text) == number


@pytest.mark.parametrize("name", [None, "no such concept"])
def test_without_a_concept_all_are_listed_the_best_detected_first(explorer, name):
    html = concept_page(explorer, name)
    assert html.count("<tr>") == 1 + len(explorer.reader.concepts)
    concept, feature, f1 = explorer.reader.best_features(1)[0]
    first = html.split("<tr>")[2]
    assert concept_link(concept) in first
    assert feature_link(feature) in first
    assert f"{f1:.2f}" in first


def test_empty_states_say_what_to_do_next(explorer):
    dead = next(n for n in range(128) if explorer.reader.feature(n).n_active == 0)
    feature = explorer.reader.feature(dead)
    assert "Look for one under Features" in no_feature(explorer)
    assert "never fired" in feature_top(explorer, feature)
    assert "never fired" in protein_rows(explorer, feature, bucket="top", align="peak")
    assert "is not annotated" in features_table(explorer, FeatureQuery(text="no such"), 0)
    strict = FeatureQuery(min_density=0.9)
    assert "Take these conditions away" in features_table(explorer, strict, 0)
    assert stored_verdicts(explorer, None) == ""


def test_a_page_beyond_the_last_shows_the_last(explorer):
    assert "page 3 of 3" in features_table(explorer, FeatureQuery(), 10**6)


def test_sorting_again_by_a_column_turns_it_round(explorer):
    def goes(query):
        html = unescape(features_table(explorer, query, 0))
        found = re.findall(r'data-go="({[^>]*})">([^<↓↑]+?)(?: [↓↑])?<', html)
        return {name: json.loads(changes) for changes, name in found}

    assert goes(FeatureQuery(sort="f1"))["F1"]["order"] == "ascending"
    assert goes(FeatureQuery(sort="f1"))["Label"]["order"] == "ascending"
    assert goes(FeatureQuery(sort="f1"))["Density"]["order"] is None


def test_strips_of_a_bucket_are_aligned_at_their_peaks(explorer):
    feature = explorer.reader.feature(1)
    html = protein_rows(explorer, feature, bucket="top", align="peak")
    examples = explorer.reader.examples(1, "top")
    pads = [int(pad) for pad in re.findall(r"--pad:(\d+)", html)]
    starts = [int(start) for start in re.findall(r'data-start="(\d+)"', html)]
    assert [e.peak - start + pad for e, start, pad in zip(examples, starts, pads, strict=True)] == [
        explorer.strip_reach
    ] * len(examples)
    assert set(re.findall(r'data-start="(\d+)"', protein_rows(
        explorer, feature, bucket="top", align="start"))) == {"0"}  # fmt: skip


def test_a_protein_that_is_no_example_is_not_shown(explorer):
    feature = explorer.reader.feature(1)
    assert "Choose a protein above" in chosen_protein(explorer, feature, "../../etc/passwd")
    assert "Choose a protein above" in local_structure(explorer, feature, "../../etc/passwd")


def test_a_structure_of_the_protein_is_coloured_and_another_one_refused(explorer):
    feature = explorer.reader.feature(1)
    example = explorer.reader.examples(1)[0]
    protein = explorer.reader.proteins([example.accession])[example.accession]
    html = coloured_structure(
        explorer, feature, example.accession, pdb(protein.sequence), "good.pdb"
    )
    assert "100 % identical" in html
    assert "&quot;levels&quot;:[" in html
    refused = coloured_structure(
        explorer, feature, example.accession, pdb("GWHKD" * 12), "<b>bad.pdb"
    )
    assert "does not fit" in refused
    assert "<b>bad" not in refused


def test_features_are_ranked_by_their_maximum_and_silent_ones_left_out():
    activations = np.array([[0, 0.2, 0.9], [0, 0.5, 0.1]], dtype=np.float32)
    ranked = rank(activations, 10)
    assert [(r.feature, r.peak, r.n_active) for r in ranked] == [(2, 0, 2), (1, 1, 2)]


def test_two_sequences_are_compared(explorer):
    html = your_protein(explorer, SEQUENCE, "", SEQUENCE[::-1])
    assert "What changes" in html
    assert html.count("<ip-heat") == 2
    assert "the two are alike" in your_protein(explorer, SEQUENCE, "", SEQUENCE)


def test_a_sequence_that_cannot_be_read_is_refused(explorer):
    with pytest.raises(MalformedInput, match="is not a residue"):
        your_protein(explorer, "MK1", "", "")
