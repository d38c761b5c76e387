import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.concepts import Concept, ConceptTable

CONCEPTS = [
    Concept(name="Helix", category="Helix", kind="domain", family="Secondary structure"),
    Concept(name="Disulfide bond", category="Disulfide bond", kind="residue", family="Sites"),
    Concept(name="Turn", category="Turn", kind="domain", family="Secondary structure"),
]
LENGTHS = [6, 1, 9]


def table(spans):
    """Rows of (concept, protein, start, stop, ends_only)."""
    columns = np.array(spans, dtype=np.int64).reshape(-1, 5).T
    return ConceptTable.from_arrays(
        concepts=CONCEPTS,
        accessions=["P1", "P2", "P3"],
        lengths=np.array(LENGTHS),
        concept=columns[0],
        protein=columns[1],
        start=columns[2],
        stop=columns[3],
        ends_only=columns[4].astype(bool),
    )


def rows(found):
    columns = (found.concept, found.protein, found.start, found.stop, found.ends_only)
    return list(zip(*(column.tolist() for column in columns), strict=True))


SPANS = [(0, 2, 0, 4, 0), (1, 2, 1, 8, 1), (0, 0, 2, 6, 0), (0, 2, 2, 6, 0), (2, 1, 0, 1, 0)]


def test_instances_are_ordered_by_protein_concept_and_start():
    assert rows(table(SPANS)) == [
        (0, 0, 2, 6, False),
        (2, 1, 0, 1, False),
        (0, 2, 0, 4, False),
        (0, 2, 2, 6, False),
        (1, 2, 1, 8, True),
    ]


def test_overlapping_and_equal_instances_stay_apart_and_their_residues_count_once():
    found = table([*SPANS, (0, 0, 2, 6, 0)])
    assert found.domain_counts().tolist() == [4, 1, 1]
    assert found.residue_counts().tolist() == [4 + 6, 2, 1]


def test_a_bond_within_one_residue_has_one_residue():
    assert table([(1, 0, 3, 4, 1)]).residue_counts().tolist() == [0, 1, 0]


@st.composite
def spans(draw):
    protein = draw(st.integers(0, 2))
    start = draw(st.integers(0, LENGTHS[protein] - 1))
    stop = draw(st.integers(start + 1, LENGTHS[protein]))
    return draw(st.integers(0, 2)), protein, start, stop, draw(st.booleans())


@given(st.lists(spans(), max_size=12))
def test_counts_are_those_of_sets_of_residues(instances):
    residues = [set() for _ in CONCEPTS]
    for concept, protein, start, stop, ends_only in instances:
        places = (start, stop - 1) if ends_only else range(start, stop)
        residues[concept] |= {(protein, place) for place in places}
    found = table(instances)
    assert found.residue_counts().tolist() == [len(places) for places in residues]
    halves = [found.subset(np.array(mask)) for mask in ([True, False, True], [False, True, False])]
    assert sum(half.residue_counts() for half in halves).tolist() == found.residue_counts().tolist()
    assert sum(half.domain_counts() for half in halves).tolist() == found.domain_counts().tolist()


def test_a_subset_renumbers_its_proteins():
    found = table(SPANS).subset(np.array([False, True, True]))
    assert (found.accessions, found.lengths.tolist()) == (("P2", "P3"), [1, 9])
    assert rows(found)[:2] == [(2, 0, 0, 1, False), (0, 1, 0, 4, False)]
    assert found.concepts == tuple(CONCEPTS)


def test_fewer_concepts_are_renumbered():
    found = table(SPANS).with_concepts(np.array([False, True, True]))
    assert found.concepts == tuple(CONCEPTS[1:])
    assert rows(found) == [(1, 1, 0, 1, False), (0, 2, 1, 8, True)]


def test_nothing_is_a_table_too():
    found = table([])
    assert (found.n_spans, found.n_residues) == (0, 16)
    assert found.residue_counts().tolist() == found.domain_counts().tolist() == [0, 0, 0]


def test_nothing_in_a_table_can_be_changed():
    found = table(SPANS)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.start = found.stop
    with pytest.raises(ValueError, match="read-only"):
        found.subset(np.array([True, True, True])).start[0] = 1


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ((0, 0, 0, 7, 0), r"0\.\.7 is empty or leaves P1"),
        ((0, 0, 3, 3, 0), r"3\.\.3 is empty or leaves P1"),
        ((0, 0, -1, 3, 0), r"-1\.\.3 is empty or leaves P1"),
        ((3, 0, 0, 1, 0), r"concept must number 0\.\.2"),
        ((0, 3, 0, 1, 0), r"protein must number 0\.\.2"),
    ],
)
def test_an_impossible_instance_is_refused(span, message):
    with pytest.raises(ValueError, match=message):
        table([span])


@given(st.lists(spans(), max_size=12), st.lists(st.integers(0, 1), min_size=3, max_size=3))
def test_carriers_are_the_groups_with_an_instance(instances, groups):
    found = table(instances).carriers(np.array(groups))
    expected = [len({groups[p] for c, p, *_ in instances if c == number}) for number in range(3)]
    assert found.tolist() == expected
    proteins = [len({p for c, p, *_ in instances if c == number}) for number in range(3)]
    assert table(instances).protein_counts().tolist() == proteins


def test_instances_on_some_proteins_leave_the_numbers_of_all():
    found = table(SPANS).on(np.array([False, True, True]))
    assert found.accessions == ("P1", "P2", "P3")
    assert sorted(set(found.protein.tolist())) == [1, 2]


@given(st.lists(spans(), max_size=12), st.permutations([0, 1, 2]), st.integers(0, 3))
def test_labels_of_residues_are_those_of_sets_of_residues(instances, order, n):
    proteins = np.array(order[:n], np.int64)
    found = table(instances).labels(proteins)
    rows = [(protein, place) for protein in proteins for place in range(LENGTHS[protein])]
    carried = {
        (protein, place, concept)
        for concept, protein, start, stop, ends_only in instances
        for place in ((start, stop - 1) if ends_only else range(start, stop))
    }
    expected = [[(*row, concept) in carried for concept in range(3)] for row in rows]
    assert found.tolist() == expected
