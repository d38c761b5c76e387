import pytest
from tests.explorer.html import links, text_of

from interplm.explorer.address import Address
from interplm.explorer.pages.counterparts import alike, counterparts, switched


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


def test_after_another_run_is_chosen_it_is_said_how_far_the_place_was_kept(two):
    html = switched(two, Address({"feature": "5", "run": "b", "was": "5"}))
    assert "both fire on 1.00 of the residues" in text_of(html)
    assert links(html) == ["feature?feature=5&run=a"]
    assert "No feature of this SAE fires" in text_of(
        switched(two, Address({"run": "b", "was": "5"}))
    )
    for entries in ({}, {"feature": "5", "was": "5"}, {"feature": "5", "run": "b", "was": "999"}):
        assert switched(two, Address(entries)) == ""
