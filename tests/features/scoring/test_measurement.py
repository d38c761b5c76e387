import numpy as np
import pytest
from tests.features.concept_cases import THRESHOLDS, count_by_hand, random_features, random_table
from tests.features.scoring.test_held_out import held_out

from interplm.features.multiple_testing import q_values
from interplm.features.scoring import measurement
from interplm.features.scoring.measurement import Measurement
from interplm.features.scoring.protocols import protocol_named
from interplm.features.scoring.selection import select_pairs


def measure(protocol: str):
    rng = np.random.default_rng(2)
    concepts = random_table(rng, n_proteins=30, n_concepts=4, n_spans=80)
    features = random_features(rng, concepts.lengths, d_sae=5)
    counts = count_by_hand(concepts, features, range(30))
    pairs = select_pairs(counts, by_domain=np.ones(4, bool), f1_floor=0.3)
    measured = Measurement(
        protocol=protocol_named(protocol), n_bootstraps=20, confidence=0.9, n_permutations=49,
        length_group=10, seed=0,
    )(pairs, counts, held_out(concepts, features, range(30)))  # fmt: skip
    return pairs, measured


def test_best_pairs_and_the_others_are_two_families_of_tests():
    pairs, measured = measure("held_out")
    assert sum(not pair.is_best for pair in pairs) > 2
    for is_best in (True, False):
        family = [pair for pair in measured if pair.is_best == is_best]
        expected = q_values(np.array([pair.p_value for pair in family]))
        assert [pair.q_value for pair in family] == pytest.approx(expected.tolist())


def test_a_threshold_chosen_on_the_test_proteins_is_chosen_under_each_permutation_too():
    _, fixed = measure("held_out")
    _, retuned = measure("original")
    # Chosen and measured on the same counts, so the thresholds are the same; only the null grows.
    assert [pair.threshold for pair in retuned] == [pair.threshold for pair in fixed]
    assert all(b.p_value >= a.p_value for a, b in zip(fixed, retuned, strict=True))
    assert any(b.p_value > a.p_value for a, b in zip(fixed, retuned, strict=True))


@pytest.mark.parametrize("protocol", ["held_out", "original"])
def test_measures_do_not_depend_on_how_many_pairs_fit_the_memory(monkeypatch, protocol):
    _, expected = measure(protocol)
    monkeypatch.setattr(measurement, "_SUMMED_RESIDUES", len(THRESHOLDS))
    assert measure(protocol)[1] == expected


def test_no_pairs_give_no_measures():
    rng = np.random.default_rng(2)
    concepts = random_table(rng, n_proteins=3)
    features = random_features(rng, concepts.lengths)
    counts = count_by_hand(concepts, features, range(3))
    settings = {"n_bootstraps": 2, "confidence": 0.9, "n_permutations": 2, "length_group": 2}
    found = Measurement(protocol=protocol_named("held_out"), seed=0, **settings)
    assert found([], counts, held_out(concepts, features, range(3))) == ()
