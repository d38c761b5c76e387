import re

import pytest
from tests.explorer.conftest import explorer_of
from tests.explorer.html import text_of

from interplm.explorer.address import Address
from interplm.explorer.context import Explorers
from interplm.explorer.pages.compare import alike, counterparts, heads, proteins


@pytest.fixture(scope="module")
def two(run_folder):
    return Explorers([explorer_of(run_folder, name="a"), explorer_of(run_folder, name="b")])


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


def test_the_counterpart_in_the_same_run_is_the_feature_itself(two):
    (number, likeness), *others = counterparts(two["a"], two["b"], 5, 3)
    assert number == 5
    assert likeness == 1
    assert all(other <= 1 for _, other in others)


def test_the_overlap_is_the_jaccard_index_of_residues(two):
    reader = two["a"].reader
    ours = {(e.accession, p) for e in reader.examples(5, "top") for p in e.positions}
    proteins_ = {accession for accession, _ in ours}
    for number, likeness in counterparts(two["a"], two["b"], 5, 6):
        theirs = {(e.accession, p) for e in reader.examples(number) for p in e.positions
                  if e.accession in proteins_}  # fmt: skip
        if number != 5:
            assert likeness == pytest.approx(len(ours & theirs) / len(ours | theirs))


def test_features_of_other_runs_are_named_and_none_without_others(two, explorers):
    assert "with_run=b" in alike(two, Address({"feature": "5"}))
    assert alike(explorers, Address({"feature": "5"})) == ""
