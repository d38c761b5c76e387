import json
import re
from html import unescape

import numpy as np
import pytest
from tests.explorer.html import cells, text_of

from interplm.errors import MalformedInput
from interplm.explorer.address import Address
from interplm.explorer.pages.your_protein.answer import answer
from interplm.explorer.pages.your_protein.asked import asked, asked_quietly, region
from interplm.explorer.pages.your_protein.on_sequence import (
    downloads,
    on_sequence,
    on_structure,
    substitutions,
)
from interplm.explorer.pages.your_protein.page import ready

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"


def ask(protein=SEQUENCE, **entries):
    return Address({"protein": protein, "show": "all", **entries})


def attribute(html, name):
    return unescape(re.search(rf'data-{name}="([^"]*)"', html)[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("5-9", (4, 9)), ("9-5", (4, 9)), ("5–9", (4, 9)), ("", (0, 44)), ("40-99", (39, 44)),
     ("5", (4, 5)), (" 44 ", (43, 44))],
)  # fmt: skip
def test_a_region_is_a_part_of_the_protein(text, expected):
    assert region(text, 44) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("x", "'x' is not a region: write its first"), ("5-", "is not a region"),
     ("0-5", "0-5 is not in the protein, which has residues 1 to 44"), ("60-70", "60-70 is not"),
     ("45", "45 is not in the protein")],
)  # fmt: skip
def test_what_is_no_region_of_the_protein_is_refused(explorer, text, sentence):
    with pytest.raises(MalformedInput, match=sentence):
        answer(explorer, ask(region=text))


def test_without_a_protein_the_page_says_how_to_begin(explorer):
    assert "choose an example" in answer(explorer, Address({}))
    assert on_sequence(explorer, Address({})) == on_structure(explorer, Address({})) == ""


def test_the_map_and_the_table_are_of_the_protein_that_is_asked_for(explorer):
    features = explorer.encoder.encode(SEQUENCE)
    html = answer(explorer, ask())
    assert json.loads(attribute(html, "letters")) == SEQUENCE
    first = cells(html)[1]
    number = int(first[0].removeprefix("f/"))
    assert number == int(features.maxima.argmax())
    assert first[2] == explorer.strength(number)
    assert float(first[3]) == pytest.approx(features.maxima.max(), abs=0.005)
    assert json.loads(attribute(html, "rows"))[0][0] == str(number)


def test_features_without_a_concept_are_shown_only_when_asked_for(explorer):
    shown = {int(row[0][2:]) for row in cells(answer(explorer, ask(show="concepts")))[1:]}
    assert shown <= explorer.features_shown("concepts")
    every = {int(row[0][2:]) for row in cells(answer(explorer, ask(show="all")))[1:]}
    assert not every <= explorer.features_shown("concepts")


def test_features_below_the_baselines_are_left_out_when_asked(explorer):
    shown = explorer.features_shown("evidence")
    assert shown < explorer.features_shown("concepts")
    assert {explorer.strength(number) for number in shown} == {"follows", "marks", "hints"}


def test_a_region_restricts_map_and_order(explorer):
    html = answer(explorer, ask(region="11-20"))
    assert json.loads(attribute(html, "letters")) == SEQUENCE[10:20]
    assert attribute(html, "first") == "11"
    number = int(cells(html)[1][0][2:])
    assert number == int(explorer.encoder.encode(SEQUENCE).values.tocsr()[10:20].max(axis=0)
                         .toarray().argmax())  # fmt: skip


def test_changes_are_one_map_of_differences(explorer):
    html = answer(explorer, ask(mutations="L8P"))
    assert attribute(html, "scale") == "difference"
    mutant = SEQUENCE[:7] + "P" + SEQUENCE[8:]
    difference = (
        explorer.encoder.encode(mutant).values - explorer.encoder.encode(SEQUENCE).values
    ).toarray()
    number = int(cells(html)[1][0][2:])
    assert number == int(np.abs(difference).max(axis=0).argmax())
    assert json.loads(attribute(html, "names"))[7] == "L8P"


def test_deletions_insertions_and_other_sequences_are_compared(explorer):
    for entries in ({"mutations": "L8del"}, {"mutations": "V7_L8insWW"},
                    {"other": f">b\n{SEQUENCE[::-1]}"}):  # fmt: skip
        html = answer(explorer, ask(**entries))
        assert "After less before" in html
        assert html.count("<ip-heat") == 1
    assert "the two are alike" in answer(explorer, ask(other=SEQUENCE))


def test_changes_and_another_sequence_together_are_refused(explorer):
    with pytest.raises(MalformedInput, match="take one away"):
        asked(explorer, ask(mutations="L8P", other=SEQUENCE))
    assert asked_quietly(explorer, ask(mutations="L8P", other=SEQUENCE)) is None
    with pytest.raises(MalformedInput, match="residue 8 is L"):
        answer(explorer, ask(mutations="A8P"))


def test_several_records_are_chosen_from(explorer):
    text = f">one\n{SEQUENCE}\n>two\n{SEQUENCE[::-1]}"
    html = answer(explorer, ask(text, record="2"))
    assert json.loads(attribute(html, "letters")) == SEQUENCE[::-1]


def test_one_feature_is_shown_along_the_sequence_and_can_be_changed(explorer):
    html = on_sequence(explorer, ask(chosen="5"))
    assert "f/5" in html
    assert "data-changeable" in html
    assert "".join(re.findall(r"<i[^>]*>(.)</i>", html)).endswith(SEQUENCE)
    assert "data-changeable" not in on_sequence(explorer, ask(other=SEQUENCE[::-1]))
    first = int(explorer.encoder.encode(SEQUENCE).maxima.argmax())
    assert f"f/{first}" in on_sequence(explorer, ask())


def test_residues_of_a_mutant_are_changed_by_their_numbers_in_the_first_sequence(explorer):
    assert json.loads(attribute(on_sequence(explorer, ask()), "changeable"))[7] == "L8"
    html = on_sequence(explorer, ask(mutations="K2del, L8P, V7_L8insWW"))
    names = json.loads(attribute(html, "changeable"))
    assert names[:10] == ["M1", "A3", "V4", "A5", "V6", "V7", "", "", "L8", "A9"]
    assert "Click a residue to change it" in html


def test_what_it_is_compared_with_may_be_an_accession(explorer):
    found = asked(explorer, ask(other="DEMO00001"))
    protein = explorer.reader.proteins(["DEMO00001"])["DEMO00001"]
    assert (found.other, found.comparison.after.sequence) == ("DEMO00001", protein.sequence)
    with pytest.raises(MalformedInput, match="2 proteins were given to compare with: give one"):
        asked(explorer, ask(other="DEMO00001 DEMO00002"))


def test_a_pasted_protein_has_a_structure_once_it_is_given(explorer):
    assert "open a PDB or mmCIF file" in text_of(on_structure(explorer, ask()))


def test_substitutions_are_read_once_they_are_asked_for(explorer):
    assert substitutions(explorer, ask()) == ""
    assert "Read 57 mutants" in text_of(substitutions(explorer, ask(region="5-7")))
    html = substitutions(explorer, ask(region="5-7", saturate="1", chosen="5"))
    assert attribute(html, "click") == "substitution"
    assert json.loads(attribute(html, "letters")) == SEQUENCE[4:7]


def test_models_that_are_missing_are_said_before_anything_is_asked(explorer, monkeypatch):
    assert "Up to 500 residues" in ready(explorer, Address({}))

    def missing():
        raise FileNotFoundError("weights.pt")

    monkeypatch.setattr(explorer.encoder, "models", missing)
    with pytest.raises(Exception, match=r"models of these scores are not there: weights\.pt"):
        ready(explorer, Address({}))


def test_named_features_can_be_downloaded_once_there_is_a_protein(explorer):
    assert downloads(explorer, Address({})) == ""
    assert downloads(explorer, ask("no such accession 1")) == ""
    assert downloads(explorer, ask()).count('data-api="annotate"') == 2
