import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.explorer.html import links, text_of

from interplm.explorer.address import Address
from interplm.explorer.pages.compare import COMPARE, heads, proteins
from interplm.explorer.pages.feature.detected import detected


def test_two_features_stand_side_by_side(explorers):
    address = Address({"feature": "1", "with": "2"})
    html = heads(explorers, address)
    assert html.count("ip-plot") >= 4
    for number in (1, 2):
        assert f"feature?feature={number}" in html
        assert (explorers.first.reader.feature(number).label or "no name yet") in text_of(html)


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [({}, "Give the numbers of two"), ({"feature": "1"}, "Give the numbers of two"),
     ({"feature": "1", "with": "999"}, "There is no feature 999")],
)  # fmt: skip
def test_what_is_missing_is_said(explorers, entries, sentence):
    assert sentence in heads(explorers, Address(entries))
    assert proteins(explorers, Address(entries)) == ""


def test_proteins_of_both_are_shown_one_above_the_other(explorers):
    reader = explorers.first.reader
    ours = {e.accession for e in reader.examples(1)}
    theirs = {e.accession for e in reader.examples(2)}
    said = text_of(proteins(explorers, Address({"feature": "1", "with": "2"})))
    assert f"{len(ours & theirs):,} proteins are kept as examples of both" in said


def test_the_proteins_on_which_both_are_strong_come_first(explorers):
    reader = explorers.first.reader
    # Features of one concept share proteins.
    numbers = [n for n in range(reader.n_features) if explorers.first.label(n)]
    left = numbers[0]
    right = next(n for n in numbers[1:] if explorers.first.label(n) == explorers.first.label(left))
    strongest = [{e.accession: e.maximum for e in reversed(reader.examples(n))}
                 for n in (left, right)]  # fmt: skip
    html = proteins(explorers, Address({"feature": str(left), "with": str(right)}))
    shown = re.findall(r'data-accession="([^"]+)"', html)[::2]
    weaker = [min(one[accession] for one in strongest) for accession in shown]
    assert len(shown) > 1
    assert weaker == sorted(weaker, reverse=True)


def test_nothing_chosen_yet_proposes_features_of_one_name_and_then_those_that_are_alike(explorers):
    explorer = explorers.first
    (first, *_) = [link for link in links(heads(explorers, Address({}))) if "with=" in link]
    left, right = map(int, re.findall(r"\d+", first))
    assert explorer.label(left) == explorer.label(right) != ""
    proposed = links(heads(explorers, Address({"feature": "5"})))
    assert proposed == [
        f"compare?feature=5&with={one.other}" for one in explorer.reader.similar(5, 4)
    ]


def test_a_feature_of_another_run_leads_there_and_saves_its_own_logo(two):
    html = heads(two, Address({"feature": "1", "with": "2", "with_run": "b"}))
    left, right = html.split("<section")[1:]
    assert {link for link in links(left) if "run=b" in link} == set()
    assert all("run=b" in link for link in links(right))
    assert "&quot;run&quot;:&quot;b&quot;" in right
    rows = proteins(two, Address({"feature": "1", "with": "1", "with_run": "b"}))
    opened = links(rows)
    assert [link.split("&accession=")[0] for link in opened[:2]] == [
        "feature?feature=1&run=a", "feature?feature=1&run=b"
    ]  # fmt: skip


def test_a_run_that_is_not_there_is_said_and_the_controls_stay(two):
    address = Address({"feature": "1", "with": "2", "with_run": "c"})
    assert "no run 'c' here; there are a, b" in text_of(COMPARE.part("heads").html(two, address))
    assert 'data-entry="with_run"' in COMPARE.part("which").html(two, address)


def test_controls_are_no_concepts_of_a_feature(explorers):
    control = SimpleNamespace(concept="Control: random spans", role="control")
    explorer = SimpleNamespace(reader=SimpleNamespace(concepts=[control]))
    pair = explorers.first.reader.pairs(feature=1)[0]
    assert detected(explorer, [replace(pair, concept=control.concept), pair]) == [pair]
