import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest
from tests.features.concept_cases import random_features, random_table, table
from tests.features.scoring.test_held_out import held_out

from interplm.features.multiple_testing import q_values
from interplm.features.scoring.held_out import HeldOut
from interplm.features.scoring.metrics import Detection
from interplm.features.scoring.permutation_test import (
    joined_runs,
    moved,
    null_f1,
    p_value,
    permutations,
)


def residue_map(length: int, target: int) -> dict[int, int]:
    """Where each residue of a protein goes on another; those that are lost are left out."""
    head = min(length, target) // 2
    tail = min(length, target) - head
    kept = {i: i for i in range(head)}
    return kept | {length - 1 - i: target - 1 - i for i in range(tail)}


def moved_by_hand(start, stop, length, target) -> set[int]:
    """The residues of a span on another protein, with the gap of a longer one if it lies within."""
    places = residue_map(length, target)
    rows = {places[i] for i in range(start, stop) if i in places}
    head = min(length, target) // 2
    if target > length and start < head < stop:
        rows |= set(range(head, head + target - length))
    return rows


@given(st.data())
def test_spans_move_as_their_residues_do(data):
    length, target = data.draw(st.integers(1, 15)), data.draw(st.integers(1, 15))
    start = data.draw(st.integers(0, length - 1))
    stop = data.draw(st.integers(start + 1, length))
    new_start, new_stop = (int(x) for x in moved(*map(np.array, (start, stop, length, target))))
    assert set(range(new_start, new_stop)) == moved_by_hand(start, stop, length, target)
    assert 0 <= new_start <= new_stop <= target


def test_annotations_are_exchanged_among_proteins_of_similar_length():
    lengths = np.array([10, 500, 11, 510, 12, 490, 505])
    orders = permutations(
        lengths, np.arange(7), 50, group_size=3, rng=np.random.default_rng(0)
    ).targets
    for order in orders:
        assert sorted(order) == list(range(7))
        assert {int(order[i]) for i in (0, 2, 4)} == {0, 2, 4}
    assert len({tuple(order) for order in orders}) > 20


def test_no_group_is_smaller_than_asked_for_and_all_are_about_as_large():
    orders = permutations(
        np.arange(1, 24), np.arange(23), 400, group_size=5, rng=np.random.default_rng(0)
    )
    sizes = [len(np.unique(members)) for members in orders.members.T]
    assert set(sizes) == {5, 6}
    for protein, members in enumerate(orders.members.T):
        assert set(orders.targets[:, protein]) == set(members.tolist())


def test_a_group_larger_than_the_set_takes_all():
    orders = permutations(
        np.array([3, 4]), np.arange(2), 20, group_size=50, rng=np.random.default_rng(0)
    )
    assert {tuple(order) for order in orders.targets} == {(0, 1), (1, 0)}


def test_overlapping_spans_join_and_touching_ones_do_not():
    start, stop = joined_runs(np.array([8, 0, 2, 5, 1]), np.array([9, 2, 4, 8, 2]))
    assert start.tolist() == [0, 2, 5, 8]
    assert stop.tolist() == [2, 4, 8, 9]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_null_is_that_of_moving_every_instance_by_hand(seed, by_domain):
    rng = np.random.default_rng(seed)
    concepts = random_table(rng, n_proteins=7, n_concepts=2, n_spans=30)
    features = random_features(rng, concepts.lengths, d_sae=4)
    on_test = held_out(concepts, features, range(7))
    orders = permutations(
        concepts.lengths, np.arange(len(concepts.lengths)), 5, group_size=4, rng=rng
    )
    rows = [on_test.firing_rows(f, 0.5) for f in range(4)]
    found = null_f1(on_test, on_test.instances(1), rows, orders, by_domain=by_domain)
    offsets = on_test.traces.offsets
    mine = np.flatnonzero(concepts.concept == 1)
    for k, order in enumerate(orders.targets):
        instances = []
        for s in mine:
            source, target = concepts.protein[s], order[concepts.protein[s]]
            a, b = int(concepts.start[s]), int(concepts.stop[s])
            pieces = [(a, a + 1), (b - 1, b)] if concepts.ends_only[s] else [(a, b)]
            places = set().union(*(
                moved_by_hand(*piece, int(concepts.lengths[source]), int(concepts.lengths[target]))
                for piece in pieces
            ))  # fmt: skip
            instances.append({int(offsets[target]) + place for place in places})
        labelled = set().union(*instances)
        n_before = int(on_test.instances(1).n_residues(2)[1])
        for f in range(4):
            firing = set(rows[f].tolist())
            expected = Detection(
                n_rows=0,
                tp=len(labelled & firing) / max(len(labelled), 1) * n_before, firing=len(firing),
                n_found=sum(bool(places & firing) for places in instances),
                n_residues=n_before, n_domains=sum(bool(places) for places in instances),
                by_domain=by_domain,
            ).f1  # fmt: skip
            assert found[f, k] == pytest.approx(float(expected))


def test_p_values_count_equal_scores_and_are_never_zero():
    null = np.array([0.1, 0.2, 0.3])
    assert p_value(0.2, null) == 0.75
    assert p_value(0.9, null) == 0.25
    assert p_value(0.0, null) == 1.0


def pair_p_value(on_test: HeldOut, number: int, orders, *, by_domain: bool) -> float:
    """Of the concept and the feature of the same number."""
    rows = on_test.firing_rows(number, 0.5)
    totals = on_test.protein_counts(on_test.instances(number), rows).stacked().sum(axis=1)
    names = ("tp", "firing", "n_found", "n_residues", "n_domains")
    counts = dict(zip(names, totals, strict=True))
    observed = Detection(**counts, n_rows=0, by_domain=by_domain).f1
    null = null_f1(on_test, on_test.instances(number), [rows], orders, by_domain=by_domain)
    return p_value(float(observed), null[0])


def chance_p_values(*, planted: bool, n_concepts: int = 60) -> np.ndarray:
    """p-values of one feature for each concept, which fires at random or on it half the time."""
    rng = np.random.default_rng(11)
    lengths = rng.integers(30, 90, size=60)
    spans, features = [], [np.zeros((n, n_concepts), np.float32) for n in lengths]
    for c in range(n_concepts):
        for protein in rng.choice(60, size=20, replace=False):
            start = int(rng.integers(lengths[protein] - 8))
            spans.append((int(protein), c, start, start + int(rng.integers(1, 8))))
            if planted and rng.random() < 0.5:
                features[protein][start, c] = 1
        for protein in range(60):
            features[protein][rng.random(lengths[protein]) < 0.05, c] = 1
    on_test = held_out(table(lengths, spans), features, range(60))
    orders = permutations(lengths, np.arange(len(lengths)), 199, group_size=20, rng=rng)
    return np.array([pair_p_value(on_test, c, orders, by_domain=True) for c in range(n_concepts)])


def test_p_values_of_unrelated_features_are_uniform():
    p_values = chance_p_values(planted=False)
    assert kstest(p_values, "uniform").pvalue > 0.01
    assert (q_values(p_values) > 0.05).all()


def test_labels_that_shorter_proteins_lose_do_not_make_a_pair_significant():
    rng = np.random.default_rng(3)
    lengths = rng.integers(20, 120, size=40)
    n_concepts = 40
    spans = [
        (protein, c, int(place), int(place) + 1)
        for protein, length in enumerate(lengths)
        for c in range(n_concepts)
        for place in np.flatnonzero(rng.random(length) < 0.4)
    ]
    features = [(rng.random((n, n_concepts)) < 0.3).astype(np.float32) for n in lengths]
    on_test = held_out(table(lengths, spans), features, range(40))
    orders = permutations(lengths, np.arange(len(lengths)), 99, group_size=40, rng=rng)
    p_values = np.array([pair_p_value(on_test, c, orders, by_domain=False) for c in range(40)])
    assert kstest(p_values, "uniform").pvalue > 0.01


def test_features_that_find_half_of_the_instances_are_significant():
    assert (q_values(chance_p_values(planted=True)) <= 0.05).mean() > 0.95


@pytest.mark.parametrize("at_end", [False, True])
def test_firing_near_a_terminus_is_no_evidence_for_a_concept_there(at_end):
    rng = np.random.default_rng(4)
    lengths = rng.integers(20, 60, size=50)
    features, spans = [], []
    for protein, length in enumerate(lengths):
        values = np.zeros((length, 1), np.float32)
        values[-3:] = 1 if at_end else 0
        values[:3] = 0 if at_end else 1
        features.append(values)
        if protein % 2:
            spans.append((protein, 0, length - 5, length) if at_end else (protein, 0, 0, 5))
    on_test = held_out(table(lengths, spans), features, range(50))
    orders = permutations(lengths, np.arange(len(lengths)), 99, group_size=10, rng=rng)
    null = null_f1(
        on_test, on_test.instances(0), [on_test.firing_rows(0, 0.5)], orders, by_domain=True
    )
    # 75 of 150 firing residues lie within, and all 25 instances are found, wherever they lie.
    np.testing.assert_allclose(null, 2 * 0.5 / 1.5)


def test_the_members_of_a_cluster_go_to_one_cluster_together():
    cluster = np.array([7, 7, 2, 5, 5, 5, 2, 9])
    lengths = np.full(8, 10)
    rng = np.random.default_rng(0)
    orders = permutations(lengths, cluster, 60, group_size=4, rng=rng).targets
    went_to = set()
    for order in orders:
        of = {number: {int(cluster[order[p]]) for p in np.flatnonzero(cluster == number)}
              for number in (2, 5, 7, 9)}  # fmt: skip
        assert all(len(targets) == 1 for targets in of.values())
        # No cluster gets the annotations of two.
        assert sorted(next(iter(targets)) for targets in of.values()) == [2, 5, 7, 9]
        went_to.add(tuple(next(iter(of[number])) for number in (2, 5, 7, 9)))
        # Three members go to the two of another in turn.
        if of[5] == {7}:
            assert order[[3, 4, 5]].tolist() == [0, 1, 0]
    assert len(went_to) > 15


def test_relatives_do_not_confirm_each_other():
    """One family of thirty carries the concept and the feature, for reasons of its own."""
    lengths = np.full(60, 30)
    cluster = np.where(np.arange(60) < 30, 0, np.arange(60))
    features = [np.zeros((30, 1), np.float32) for _ in range(60)]
    for protein in range(30):
        features[protein][4:8] = 1
    concepts = table(lengths, [(protein, 0, 4, 8) for protein in range(30)])
    on_test = held_out(concepts, features, range(60))
    rows = [on_test.firing_rows(0, 0.5)]

    def p_of(groups):
        rng = np.random.default_rng(0)
        orders = permutations(lengths, groups, 399, group_size=60, rng=rng)
        return p_value(1.0, null_f1(on_test, on_test.instances(0), rows, orders, by_domain=True)[0])

    assert p_of(np.arange(60)) == pytest.approx(1 / 400)
    # As one observation it is what one in 31 clusters would give.
    assert 0.01 < p_of(cluster) < 0.08
