import numpy as np
import pytest

from interplm.concepts import Concept, ConceptTable
from interplm.concepts.distinct import merged_duplicates


def concept(name, scope="named", role="annotation", **changes):
    values = {"category": name.partition(":")[0], "kind": "domain", "family": "F"} | changes
    return Concept(name=name, scope=scope, role=role, **values)


def table(concepts, *spans):
    """Rows of (concept, protein, start, stop[, ends_only])."""
    columns = np.array([(*span, 0)[:5] for span in spans], np.int64).reshape(-1, 5).T
    return ConceptTable.from_arrays(
        concepts=concepts, accessions=["P0", "P1", "P2"], lengths=np.full(3, 50),
        concept=columns[0], protein=columns[1], start=columns[2], stop=columns[3],
        ends_only=columns[4].astype(bool),
    )  # fmt: skip


def names(found):
    return {c.name: c.aliases for c in found.concepts}


def test_a_name_its_group_and_its_category_with_the_same_instances_are_one_concept():
    concepts = [
        concept("Zinc finger: any", "any"), concept("Zinc finger: C2H2"),
        concept("Zinc finger: Classical", "group"), concept("Zinc finger: any kept", "any kept"),
    ]  # fmt: skip
    spans = [(number, 0, 3, 9) for number in range(4)] + [(number, 2, 1, 5) for number in range(4)]
    found = merged_duplicates(table(concepts, *spans))
    assert names(found) == {
        "Zinc finger: C2H2": ("Zinc finger: Classical", "Zinc finger: any", "Zinc finger: any kept")
    }
    assert found.domain_counts().tolist() == [2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([(0, 0, 3, 9)], [(1, 0, 3, 8)]),
        ([(0, 0, 3, 9)], [(1, 1, 3, 9)]),
        ([(0, 0, 3, 9)], [(1, 0, 3, 9), (1, 0, 20, 22)]),
        ([(0, 0, 3, 9)], [(1, 0, 3, 9, True)]),
    ],
)
def test_concepts_that_differ_in_a_single_span_stay_apart(one, other):
    found = merged_duplicates(table([concept("A"), concept("B")], *one, *other))
    assert names(found) == {"A": (), "B": ()}


def test_an_instance_that_is_stated_twice_is_one_instance():
    spans = [(0, 0, 3, 9), (1, 0, 3, 9), (1, 0, 3, 9)]
    assert names(merged_duplicates(table([concept("A"), concept("B")], *spans))) == {"A": ("B",)}


def test_two_ends_that_leave_nothing_between_them_are_the_span():
    spans = [(0, 0, 3, 5), (1, 0, 3, 5, True)]
    assert names(merged_duplicates(table([concept("A"), concept("B")], *spans))) == {"A": ("B",)}


def test_what_a_biologist_named_comes_before_a_letter():
    concepts = [concept("Amino acid: C", role="amino_acid"), concept("Disulfide bond")]
    spans = [(0, 0, 3, 4), (1, 0, 3, 4)]
    assert names(merged_duplicates(table(concepts, *spans))) == {
        "Disulfide bond": ("Amino acid: C",)
    }


def test_concepts_without_any_instance_are_not_alike():
    assert len(merged_duplicates(table([concept("A"), concept("B")])).concepts) == 2


def test_aliases_of_an_earlier_merger_are_kept():
    concepts = [concept("A", aliases=("a",)), concept("B", aliases=("b",))]
    found = merged_duplicates(table(concepts, (0, 0, 1, 2), (1, 0, 1, 2)))
    assert names(found) == {"A": ("B", "a", "b")}


@pytest.mark.parametrize("seed", range(5))
def test_mergers_are_those_of_comparing_every_pair_of_sets(seed):
    rng = np.random.default_rng(seed)
    spans = [
        (int(rng.integers(8)), int(rng.integers(2)), start, start + 2)
        for start in rng.integers(0, 3, size=30).tolist()
    ]
    concepts = [concept(f"C{number}") for number in range(8)]
    sets = {c: frozenset(s[1:] for s in spans if s[0] == c) for c in range(8)}
    expected = {}
    for c in range(8):
        same = [other for other in range(8) if sets[other] == sets[c] and sets[c]] or [c]
        expected[f"C{same[0]}"] = tuple(f"C{other}" for other in same[1:])
    assert names(merged_duplicates(table(concepts, *spans))) == expected
