import pytest
from tests.explorer.conftest import explorer_of

from interplm.concepts.amino_acids import AMINO_ACID_NAMES
from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorers


def test_the_first_run_is_shown_unless_the_address_names_another(run_folder):
    one, two = explorer_of(run_folder, name="one"), explorer_of(run_folder, name="two")
    runs = Explorers([one, two])
    assert runs.of(Address({})) is one
    assert runs.of(Address({"run": "two"})) is two
    with pytest.raises(UserError, match="no run 'three' here; there are one, two"):
        runs.of(Address({"run": "three"}))


def test_runs_of_one_title_are_told_apart_by_their_names(two):
    assert two.titles == {name: f"{one.title()} · {name}" for name, one in two.items()}


@pytest.mark.parametrize(
    ("seeds", "own"),
    [((0, 1), ("seed 0", "seed 1")), ((1, 1), ("a", "b")), ((0, None), ("a", "b"))],
)
def test_runs_of_one_title_are_told_apart_by_seeds_where_all_have_their_own(
    two, seeds, own, monkeypatch
):
    runs = Explorers(list(two.values()))
    for explorer, seed in zip(runs.values(), seeds, strict=True):
        monkeypatch.setitem(explorer.reader.meta, "seed", seed)
    assert runs.titles == {
        name: f"{runs[name].title()} · {said}" for name, said in zip(runs, own, strict=True)
    }


def test_features_are_known_by_number(explorer):
    assert explorer.known_feature(5).feature == 5
    for number in (-1, 128, 10**30):
        with pytest.raises(UserError, match="numbers go from 0 to 127"):
            explorer.known_feature(number)


def test_features_with_a_concept_leave_out_amino_acids(explorer):
    labels = explorer.reader.columns("label")["label"]
    named = {n for n, label in enumerate(labels) if label}
    assert explorer.features_shown("amino") == named
    assert explorer.features_shown("concepts") == {
        n for n in named if labels[n] not in AMINO_ACID_NAMES
    }
    assert explorer.features_shown("all") is None


def test_a_concept_is_found_by_its_aliases(explorer):
    row = next(row for row in explorer.reader.concepts if row.aliases)
    assert explorer.concept(row.aliases[0]) is not None
    assert explorer.concept(row.concept) == row
    assert explorer.concept("no such concept") is None


def test_a_concept_that_is_not_there_is_said_with_those_that_are_near(explorer):
    row = explorer.reader.concepts[0]
    assert explorer.known_concept(row.concept) == row
    rare = explorer.reader.rare_concepts[0].concept
    for name, sentence in (
        ("signal-peptid", "No concept 'signal-peptid' was scored. Did you mean Signal peptide"),
        (rare, f"{rare} is annotated .* too rare to be scored"),
        ("qqq", r"No concept 'qqq' was scored\.$"),
    ):
        with pytest.raises(UserError, match=sentence):
            explorer.known_concept(name)
