import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.concept_cases import instances_by_hand, random_table, table

from interplm.features.scoring.instances import place_instances, ranges


def place(concepts, proteins):
    offsets = np.append(0, np.cumsum(concepts.lengths[proteins]))
    return place_instances(concepts, np.asarray(proteins), offsets), offsets


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_rows_are_those_of_the_spans_and_fresh_rows_cover_each_once(seed):
    rng = np.random.default_rng(seed)
    concepts = random_table(rng)
    proteins = rng.permutation(len(concepts.lengths))[:7]
    found, offsets = place(concepts, proteins)
    for number in range(len(concepts.concepts)):
        expected = [
            {int(offsets[list(proteins).index(p)]) + r for r in rows}
            for p, rows in instances_by_hand(concepts, number, proteins)
        ]
        mine = np.flatnonzero(found.concept == number)
        rows, fresh = [], []
        for instance in mine:
            stretches = np.flatnonzero(found.instance == instance)
            rows.append({r for s in stretches for r in range(found.start[s], found.stop[s])})
            fresh += [r for s in stretches for r in range(found.fresh[s], found.stop[s])]
        assert sorted(map(sorted, rows)) == sorted(map(sorted, expected))
        assert sorted(fresh) == sorted(set().union(*expected))
        assert found.n_residues(5)[number] == len(fresh)
        assert found.n_domains(5)[number] == len(expected)


def test_a_bond_is_one_instance_of_two_stretches():
    found, _ = place(table([9], [(0, 0, 2, 7, True)]), [0])
    assert found.n_instances == 1
    assert found.start.tolist() == [2, 6]
    assert found.stop.tolist() == [3, 7]
    assert found.stretches_of.tolist() == [0, 2]


def test_ranges_follow_each_other_and_may_be_empty():
    number, owner = ranges(np.array([5, 2, 7]), np.array([7, 2, 10]))
    assert number.tolist() == [5, 6, 7, 8, 9]
    assert owner.tolist() == [0, 0, 2, 2, 2]
