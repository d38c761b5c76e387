import shutil
from dataclasses import replace

import duckdb
import numpy as np
import pytest
from scipy.sparse import csc_array
from tests.explorer.html import links, text_of

from interplm.errors import MissingArtifact
from interplm.explorer.address import Address
from interplm.explorer.context import Explorers
from interplm.explorer.pages.counterparts import alike, counterparts, switched
from interplm.features.database.reader import FeatureReader
from interplm.features.encoding.sequence import SequenceFeatures


def strong(example):
    pairs = zip(example.positions, example.activations, strict=True)
    return {(example.accession, position) for position, value in pairs if value > 0.5}


class Planted:
    """An encoder on whose sequences features do what a test says; see SequenceEncoder."""

    max_residues = 500

    def __init__(self, features):
        self.features = features
        self.read = []

    def encode_many(self, sequences, *, keep):
        self.read.append(sequences)
        return [SequenceFeatures(text, csc_array(self.features(text))) for text in sequences]


def planted(explorer, *, missed=()):
    """Does what feature 5 does with 4, half as strong with 3, but 2 is weak wherever it fires."""
    reader = explorer.reader
    examples = {reader.proteins([e.accession])[e.accession].sequence: e
                for e in reversed(reader.examples(5, "top"))}  # fmt: skip

    def features(sequence):
        values, example = np.zeros((len(sequence), 8), np.float32), examples[sequence]
        values[list(example.positions), 4] = example.activations
        values[list(example.positions), 3] = np.array(example.activations) * 0.6
        values[list(example.positions), 2] = 0.4
        values[:, 6] = 0.9
        return values

    return Planted(features)


@pytest.fixture
def unread(two):
    """Two runs that read no sequences."""
    return Explorers([replace(one, encoder=None) for one in two.values()])


@pytest.fixture
def read(two):
    """Two runs, of which the second reads what was planted."""
    return Explorers([two["a"], replace(two["b"], encoder=planted(two["a"]))])


@pytest.fixture
def keeping(unread, tmp_path):
    """The second run keeping examples of feature 5 on some proteins only."""
    opened = []

    def of(n_proteins):
        path = tmp_path / f"{n_proteins}.duckdb"
        shutil.copy(unread["b"].reader.path, path)
        kept = sorted({e.accession for e in unread["b"].reader.examples(5)})[:n_proteins]
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                "DELETE FROM examples WHERE feature = 5 AND NOT accession = ANY(?)", [kept]
            )
        opened.append(FeatureReader(path))
        return replace(unread["b"], reader=opened[-1])

    yield of
    for reader in opened:
        reader.close()


def test_the_counterpart_in_the_same_run_is_the_feature_itself(unread):
    closest, *others = counterparts(unread["a"], unread["b"], 5)
    assert closest.feature == 5
    assert closest.jaccard == 1
    assert others
    assert all(other.jaccard <= 1 for other in others)


def test_without_an_encoder_the_overlap_is_over_the_proteins_that_both_keep(unread):
    reader = unread["a"].reader
    ours = {e.accession: strong(e) for e in reader.examples(5)}
    found = counterparts(unread["a"], unread["b"], 5)
    assert len(found) > 1
    for one in found:
        theirs = {e.accession: strong(e) for e in reader.examples(one.feature)}
        both = ours.keys() & theirs.keys()
        left = set().union(*(ours[a] for a in both))
        right = set().union(*(theirs[a] for a in both))
        assert one.jaccard == pytest.approx(len(left & right) / len(left | right))
        assert one.n_proteins == len(both) >= 5
        assert not one.is_read


def test_a_protein_that_one_run_does_not_keep_says_nothing_of_the_overlap(unread, keeping):
    closest = counterparts(unread["a"], keeping(6), 5)[0]
    assert (closest.feature, closest.jaccard, closest.n_proteins) == (5, 1, 6)
    assert 5 not in {one.feature for one in counterparts(unread["a"], keeping(4), 5)}


def test_another_sae_reads_the_strongest_proteins_once(read):
    found = counterparts(read["a"], read["b"], 5)
    assert counterparts(read["a"], read["b"], 5) is found
    examples = read["a"].reader.examples(5, "top")
    proteins = read["a"].reader.proteins([e.accession for e in examples])
    assert read["b"].encoder.read == [[proteins[e.accession].sequence for e in examples[:5]]]
    assert {(one.n_proteins, one.is_read) for one in found} == {(5, True)}


def test_weak_firing_does_not_decide(read):
    found = {one.feature: one.jaccard for one in counterparts(read["a"], read["b"], 5)}
    assert next(iter(found)) == 4
    assert found[4] == 1
    assert found.keys() == {4, 3, 6}
    assert found[3] < 1
    assert found[6] < 0.5


def test_of_equal_overlaps_the_one_whose_activations_are_alike_comes_first(two):
    def features(sequence):
        values = planted(two["a"]).features(sequence)
        values[:, 1] = 0.9 * (values[:, 4] > 0.5)
        return values

    other = replace(two["b"], encoder=Planted(features))
    first, second, *_ = counterparts(two["a"], other, 5)
    assert (first.feature, second.feature) == (4, 1)
    assert first.jaccard == second.jaccard == 1


def test_where_the_plm_is_not_at_hand_the_examples_are_compared(unread):
    def features(sequence):
        raise MissingArtifact("The weights are not on this machine.")

    without = counterparts(unread["a"], replace(unread["b"], encoder=Planted(features)), 5)
    assert without == counterparts(unread["a"], unread["b"], 5)


def test_a_protein_too_long_to_be_read_is_left_out(two):
    encoder = planted(two["a"])
    examples = two["a"].reader.examples(5, "top")
    proteins = two["a"].reader.proteins([e.accession for e in examples])
    encoder.max_residues = proteins[examples[0].accession].length - 1
    counterparts(two["a"], replace(two["b"], encoder=encoder), 5)
    assert all(len(text) <= encoder.max_residues for texts in encoder.read for text in texts)


def test_features_of_other_runs_are_named_and_none_without_others(unread, read, explorers):
    html = alike(unread, Address({"feature": "5"}))
    assert "with_run=b" in html
    assert "proteins kept as examples of both" in text_of(html)
    said = text_of(alike(read, Address({"feature": "5"})))
    assert "f/4" in said
    assert "its 5 strongest proteins" in said
    assert alike(explorers, Address({"feature": "5"})) == ""


def test_after_another_run_is_chosen_it_is_said_how_far_the_place_was_kept(unread):
    html = switched(unread, Address({"feature": "5", "run": "b", "was": "5"}))
    assert "both are above half of their maxima on 1.00 of the residues" in text_of(html)
    assert "proteins kept as examples of both" in text_of(html)
    assert links(html) == ["feature?feature=5&run=a"]
    assert "No feature of this SAE was found" in text_of(
        switched(unread, Address({"run": "b", "was": "5"}))
    )
    for entries in ({}, {"feature": "5", "was": "5"}, {"feature": "5", "run": "b", "was": "999"}):
        assert switched(unread, Address(entries)) == ""


def test_nothing_is_stated_of_a_feature_that_was_not_found_to_be_close(unread):
    found = {one.feature for one in counterparts(unread["a"], unread["b"], 5)}
    other = next(n for n in range(unread["b"].reader.n_features) if n not in found)
    assert switched(unread, Address({"feature": str(other), "run": "b", "was": "5"})) == ""
