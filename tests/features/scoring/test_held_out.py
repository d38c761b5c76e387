import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.concept_cases import (
    THRESHOLDS,
    block,
    count_by_hand,
    instances_by_hand,
    random_features,
    random_table,
    table,
)

from interplm.features.encoding.traces import TraceCollector
from interplm.features.scoring.held_out import HeldOut


def held_out(concepts, features, proteins):
    collector = TraceCollector(range(features[0].shape[1]), d_sae=features[0].shape[1])
    collector.add(block(features, proteins))
    return HeldOut(concepts, collector.traces(), cluster=np.arange(len(concepts.lengths)))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_protein_counts_are_those_of_counting_each_protein_alone(seed):
    rng = np.random.default_rng(seed)
    concepts = random_table(rng, n_proteins=6, n_concepts=2, n_spans=25)
    features = random_features(rng, concepts.lengths, d_sae=3)
    proteins = [4, 0, 5, 2]
    on_test = held_out(concepts, features, proteins)
    alone = [count_by_hand(concepts, features, [protein]) for protein in proteins]
    for c in range(2):
        instances = on_test.instances(c)
        for f in range(3):
            for t, threshold in enumerate(THRESHOLDS):
                rows = on_test.firing_rows(f, threshold)
                found = on_test.protein_counts(instances, rows)
                assert found.tp.tolist() == [one.tp[c, f, t] for one in alone]
                assert found.firing.tolist() == [one.firing[f, t] for one in alone]
                assert found.n_found.tolist() == [one.n_found[c, f, t] for one in alone]
                assert found.n_residues.tolist() == [one.n_residues[c] for one in alone]
                assert found.n_domains.tolist() == [one.n_domains[c] for one in alone]


@pytest.mark.parametrize("seed", range(5))
def test_ranked_residues_are_those_that_fire_with_what_they_carry(seed):
    rng = np.random.default_rng(seed)
    concepts = random_table(rng, n_proteins=6, n_concepts=1, n_spans=8)
    features = random_features(rng, concepts.lengths, d_sae=3)
    proteins = [3, 1, 0, 5, 2]
    on_test = held_out(concepts, features, proteins)
    labels = {p: np.zeros(concepts.lengths[p], bool) for p in proteins}
    for protein, rows in instances_by_hand(concepts, 0, proteins):
        labels[protein][list(rows)] = True
    label = np.concatenate([labels[p] for p in proteins])
    instances = on_test.instances(0)
    assert on_test.residues_of(instances).tolist() == [int(labels[p].sum()) for p in proteins]
    for f in range(3):
        score = np.concatenate([features[p][:, f] for p in proteins])
        row, value, is_positive = on_test.ranked(instances, f)
        np.testing.assert_array_equal(row, np.flatnonzero(score))
        np.testing.assert_array_equal(value, score[row])
        np.testing.assert_array_equal(is_positive, label[row])


def test_clusters_are_those_of_the_held_out_proteins():
    features = random_features(np.random.default_rng(0), [4, 4, 4], d_sae=2)
    collector = TraceCollector([0, 1], d_sae=2)
    collector.add(block(features, [2, 0]))
    concepts = table([4, 4, 4], [(1, 0, 0, 2)])
    found = HeldOut(concepts, collector.traces(), cluster=np.array([5, 6, 7]))
    assert found.cluster.tolist() == [7, 5]


def test_coverage_counts_proteins_with_the_concept_that_are_touched_within_it():
    # Of three proteins with the concept one fires within it and one beside it.
    features = [
        np.float32([[1], [0]]),
        np.float32([[0], [1]]),
        np.float32([[0]]),
        np.float32([[1]]),
    ]
    concepts = table([2, 2, 1, 1], [(0, 0, 0, 1), (1, 0, 0, 1), (2, 0, 0, 1)])
    on_test = held_out(concepts, features, range(4))
    counts = on_test.protein_counts(on_test.instances(0), on_test.firing_rows(0, 0.5))
    assert counts.coverage == pytest.approx(1 / 3)


def test_a_concept_that_is_absent_counts_nothing():
    features = random_features(np.random.default_rng(0), [4, 4], d_sae=2)
    on_test = held_out(table([4, 4], [(1, 0, 0, 2)], n_concepts=2), features, [0])
    for concept in (0, 1):
        instances = on_test.instances(concept)
        counts = on_test.protein_counts(instances, on_test.firing_rows(1, 0.5))
        assert counts.stacked().tolist() == [[0], [4], [0], [0], [0]]
        assert counts.coverage == 0.0
        assert not on_test.ranked(instances, 1)[2].any()
