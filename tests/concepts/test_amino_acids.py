from hypothesis import given
from hypothesis import strategies as st

from interplm.concepts.amino_acids import AMINO_ACIDS, amino_acid_runs


def named(sequence):
    """Name and start of each run."""
    concept, start = amino_acid_runs(sequence)
    names = [AMINO_ACIDS[index].name.removeprefix("Amino acid: ") for index in concept]
    return list(zip(names, start.tolist(), strict=True))


def test_runs_of_one_amino_acid_are_taken_together():
    assert named("MKKKUXA") == [("M", 0), ("K", 1), ("other", 4), ("A", 6)]


def test_every_amino_acid_is_residue_level_and_has_a_name():
    assert len({concept.name for concept in AMINO_ACIDS}) == 21
    assert {concept.kind for concept in AMINO_ACIDS} == {"residue"}


@given(st.text("ACDEFGHIKLMNPQRSTVWYUOBZJX", min_size=1, max_size=40))
def test_runs_tell_the_residue_at_every_position(sequence):
    runs = named(sequence)
    stops = [start for _, start in runs[1:]] + [len(sequence)]
    told = [
        name for (name, start), stop in zip(runs, stops, strict=True) for _ in range(stop - start)
    ]
    standard = "ACDEFGHIKLMNPQRSTVWY"
    assert told == [letter if letter in standard else "other" for letter in sequence]
