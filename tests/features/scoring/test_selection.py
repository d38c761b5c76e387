import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from tests.features.concept_cases import (
    THRESHOLDS,
    count_by_hand,
    instances_by_hand,
    random_features,
    random_table,
    table,
)

from interplm.features.scoring.selection import (
    ValidationScores,
    WorthALook,
    best_threshold,
    candidates,
)

BY_DOMAIN = np.array([True, False, True])


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(1)
    concepts = random_table(rng, n_proteins=5, n_concepts=3, n_spans=12)
    features = random_features(rng, concepts.lengths, d_sae=6)
    return concepts, features, count_by_hand(concepts, features, range(5))


@pytest.fixture(scope="module")
def scores(case):
    return ValidationScores.of(case[2], by_domain=BY_DOMAIN)


def f1_by_hand(counts, c, f, t, by_domain):
    tp, firing = int(counts.tp[c, f, t]), int(counts.firing[f, t])
    if tp == 0:
        return 0.0
    precision = tp / firing
    recall = tp / counts.n_residues[c]
    if by_domain:
        recall = counts.n_found[c, f, t] / counts.n_domains[c]
    return 2 * precision * recall / (precision + recall)


def test_f1_is_taken_at_the_best_threshold_by_instances_and_by_residues(case, scores):
    counts = case[2]
    for c in range(3):
        for f in range(6):
            for name, by_domain in (("f1", BY_DOMAIN[c]), ("f1_residue", False)):
                every = [f1_by_hand(counts, c, f, t, by_domain) for t in range(len(THRESHOLDS))]
                threshold = {"f1": scores.threshold, "f1_residue": scores.threshold_residue}[name]
                assert getattr(scores, name)[c, f] == pytest.approx(max(every))
                assert threshold[c, f] == int(np.argmax(every))


def test_average_precision_is_that_of_values_rounded_down_to_the_thresholds(case, scores):
    concepts, features, _ = case
    levels = np.concatenate(features)[:, :, None] > np.float32(THRESHOLDS)
    offsets = np.cumsum([0, *concepts.lengths])
    for c in range(3):
        label = np.zeros(offsets[-1], bool)
        for protein, rows in instances_by_hand(concepts, c, range(5)):
            label[[offsets[protein] + row for row in rows]] = True
        for f in range(6):
            expected = average_precision_score(label, levels[:, f].sum(axis=1))
            assert scores.average_precision[c, f] == pytest.approx(expected)


def scored(average_precision, f1, f1_residue=None):
    """Scores of one concept that a test writes down."""
    f1_residue = f1 if f1_residue is None else f1_residue
    ap, f1, residue = (np.array([x], np.float32) for x in (average_precision, f1, f1_residue))
    return ValidationScores(
        average_precision=ap, f1=f1, f1_residue=residue,
        threshold=np.ones(f1.shape, np.uint8), threshold_residue=np.zeros(f1.shape, np.uint8),
    )  # fmt: skip


def best(found):
    names = ("best_by_average_precision", "best_by_f1", "best_by_f1_residue")
    return [next(c.feature for c in found if getattr(c, name)) for name in names]


def test_each_concept_has_a_best_feature_by_each_measure():
    found = candidates(scored([0.2, 0.9, 0.4], [0.8, 0.5, 0.6], [0.1, 0.2, 0.7]))
    assert best(found) == [1, 0, 2]
    assert [c.feature for c in found] == [0, 1, 2]
    assert [(c.threshold, c.threshold_residue) for c in found] == [(1, 0)] * 3


def test_ties_of_f1_go_to_the_higher_average_precision_and_then_to_the_lower_number():
    found = candidates(scored([0.1, 0.7, 0.7, 0.3], [1.0, 1.0, 1.0, 1.0]))
    assert best(found) == [1, 1, 1]


def test_a_concept_that_no_feature_finds_has_no_candidate():
    features = [np.float32([[0.9, 0.0], [0.0, 0.0]])]
    counts = count_by_hand(table([2], [(0, 0, 0, 1), (0, 1, 1, 2)]), features, [0])
    found = candidates(ValidationScores.of(counts, by_domain=np.array([True, True])))
    assert {(c.concept, c.feature) for c in found} == {(0, 0)}
    assert found[0].threshold == 0  # all thresholds do as well: the lowest is taken


def many(average_precision, f1=None):
    ap = np.array(average_precision, np.float32)
    f1 = np.full(ap.shape, 0.1, np.float32) if f1 is None else np.array(f1, np.float32)
    nothing = np.zeros(ap.shape, np.uint8)
    return ValidationScores(
        average_precision=ap, f1=f1, f1_residue=f1, threshold=nothing, threshold_residue=nothing
    )


# An annotation, an amino acid, a control.
LOOK = WorthALook(
    f1=0.5, lift=0.2, n_best=2, is_annotation=np.array([True, False, False]),
    is_amino_acid=np.array([False, True, False]), prevalence=np.array([0.1, 0.1, 0.1]),
)  # fmt: skip


def labels(found):
    return {(c.concept, c.feature) for c in found if c.is_label}


def test_an_amino_acid_labels_a_feature_only_where_no_annotation_does():
    found = candidates(many([[0.4, 0.2, 0.05], [0.9, 0.9, 0.2], [0.95, 0.9, 0.9]]), LOOK)
    # Feature 0 finds the amino acid better, feature 1 the annotation hardly, feature 2 nothing.
    assert labels(found) == {(0, 0), (1, 1)}


def test_a_label_is_the_concept_with_most_above_its_chance():
    two = WorthALook(
        f1=0.5, lift=0.2, n_best=1, is_annotation=np.array([True, True]),
        is_amino_acid=np.array([False, False]), prevalence=np.array([0.4, 0.01]),
    )  # fmt: skip
    assert labels(candidates(many([[0.55], [0.5]]), two)) == {(1, 0)}


def test_pairs_above_the_floors_are_measured_but_of_a_control_the_best_alone():
    ap = [[0.5, 0.45, 0.42, 0.1], [0.1, 0.1, 0.1, 0.1], [0.9, 0.8, 0.7, 0.6]]
    f1 = [[0.1, 0.1, 0.1, 0.1], [0.6, 0.1, 0.7, 0.1], [0.9, 0.9, 0.9, 0.9]]
    found = {(c.concept, c.feature) for c in candidates(many(ap, f1), LOOK)}
    # The two foremost of the annotation, and feature 2, which it labels; by F1 of the amino acid
    # features 0 and 2, and feature 0, its best one by number; of the control its best one.
    assert found == {(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0)}


def test_the_best_threshold_is_chosen_anew_for_the_pair(case):
    counts = case[2]
    f1 = [f1_by_hand(counts, 2, 3, t, True) for t in range(len(THRESHOLDS))]
    assert best_threshold(counts, 2, 3, by_domain=True) == int(np.argmax(f1))
