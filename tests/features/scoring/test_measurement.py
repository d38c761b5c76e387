import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from tests.features.concept_cases import (
    THRESHOLDS,
    concept,
    count_by_hand,
    instances_by_hand,
    random_features,
    random_table,
)
from tests.features.scoring.test_held_out import held_out

from interplm.concepts import ConceptTable
from interplm.features.multiple_testing import q_values
from interplm.features.scoring import measurement
from interplm.features.scoring.measurement import Measurement
from interplm.features.scoring.protocols import protocol_named
from interplm.features.scoring.selection import ValidationScores, WorthALook, candidates

N = 30
EVERYTHING = WorthALook(
    f1=0.3, lift=0.0, n_best=5, is_annotation=np.ones(4, bool), is_amino_acid=np.zeros(4, bool),
    prevalence=np.zeros(4),
)  # fmt: skip


def case(roles=("annotation",) * 4):
    rng = np.random.default_rng(2)
    made = random_table(rng, n_proteins=N, n_concepts=4, n_spans=80)
    concepts = [concept(f"c{i}", role=role) for i, role in enumerate(roles)]
    names = ("accessions", "lengths", "concept", "protein", "start", "stop", "ends_only")
    concepts = ConceptTable.from_arrays(
        concepts=concepts, **{name: getattr(made, name) for name in names}
    )
    features = random_features(rng, concepts.lengths, d_sae=5)
    return concepts, features, count_by_hand(concepts, features, range(N))


def measure(protocol="held_out", *, is_tested=True, roles=("annotation",) * 4):
    concepts, features, counts = case(roles)
    scores = ValidationScores.of(counts, by_domain=np.ones(4, bool))
    return Measurement(
        protocol=protocol_named(protocol), n_bootstraps=20, confidence=0.9, n_permutations=49,
        length_group=10, seed=0,
    )(
        "sae", candidates(scores, EVERYTHING), counts, held_out(concepts, features, range(N)),
        is_tested=is_tested,
    )  # fmt: skip


def test_average_precision_is_exact_over_all_residues():
    concepts, features, _ = case()
    offsets = np.cumsum([0, *concepts.lengths])
    values = np.concatenate(features)
    for pair in measure().pairs:
        label = np.zeros(offsets[-1], bool)
        for protein, rows in instances_by_hand(concepts, int(pair.concept[1:]), range(N)):
            label[[offsets[protein] + row for row in rows]] = True
        expected = average_precision_score(label, values[:, pair.feature])
        assert pair.average_precision == pytest.approx(expected)


def test_residue_f1_has_a_threshold_of_its_own():
    _, _, counts = case()
    found = measure().pairs
    assert any(pair.threshold != pair.threshold_residue for pair in found)
    for pair in found:
        c, t = int(pair.concept[1:]), THRESHOLDS.index(pair.threshold_residue)
        tp, firing = counts.tp[c, pair.feature, t], counts.firing[pair.feature, t]
        assert pair.f1_residue == pytest.approx(2 * tp / (firing + counts.n_residues[c]))
        assert pair.recall_residue == pytest.approx(tp / counts.n_residues[c])
        assert pair.precision_residue == pytest.approx(tp / firing if firing else 0)
        at = THRESHOLDS.index(pair.threshold)
        assert pair.n_found == counts.n_found[c, pair.feature, at]
        firing = counts.firing[pair.feature, at]
        precision = counts.tp[c, pair.feature, at] / firing if firing else 0
        assert pair.precision == pytest.approx(precision)


def test_the_best_pair_of_each_concept_has_an_interval_of_its_average_precision():
    found = measure()
    for number in range(4):
        own = [pair for pair in found.pairs if pair.concept == f"c{number}"]
        (best,) = (pair for pair in own if pair.best_by_average_precision)
        assert best.average_precision == found.average_precision[number]
        assert best.average_precision_low <= best.average_precision_high
        low, high = np.quantile(found.replicates[number].astype(float), [0.05, 0.95])
        assert best.average_precision_low == pytest.approx(low, abs=1e-6)
        assert best.average_precision_high == pytest.approx(high, abs=1e-6)
        assert all(p.average_precision_low is None for p in own if p is not best)


def test_best_pairs_and_the_others_are_two_families_of_tests():
    tested = [pair for pair in measure().pairs if pair.p_value is not None]
    assert sum(not pair.best_by_average_precision for pair in tested) > 2
    for is_best in (True, False):
        family = [pair for pair in tested if pair.best_by_average_precision == is_best]
        expected = q_values(np.array([pair.p_value for pair in family]))
        assert [pair.q_value for pair in family] == pytest.approx(expected.tolist())


def test_significance_is_tested_where_it_is_asked_for_and_never_of_amino_acids():
    assert {pair.p_value for pair in measure(is_tested=False).pairs} == {None}
    found = measure(roles=("annotation", "amino_acid", "control", "annotation")).pairs
    tested = {pair.concept for pair in found if pair.q_value is not None}
    assert tested == {"c0", "c2", "c3"}
    untested = [pair for pair in found if pair.p_value is None]
    assert all(pair.f1_position is None and pair.q_value is None for pair in untested)


def test_a_threshold_chosen_on_the_test_proteins_is_chosen_under_each_permutation_too():
    fixed, retuned = measure().pairs, measure("original").pairs
    # Chosen and measured on the same counts, so the thresholds are the same; only the null grows.
    assert [pair.threshold for pair in retuned] == [pair.threshold for pair in fixed]
    both = [(a, b) for a, b in zip(fixed, retuned, strict=True) if a.p_value is not None]
    assert all(b.p_value >= a.p_value for a, b in both)
    assert any(b.p_value > a.p_value for a, b in both)


@pytest.mark.parametrize("protocol", ["held_out", "original"])
def test_measures_do_not_depend_on_how_many_pairs_fit_the_memory(monkeypatch, protocol):
    expected = measure(protocol).pairs
    monkeypatch.setattr(measurement, "_SUMMED_RESIDUES", len(THRESHOLDS))
    assert measure(protocol).pairs == expected


def test_a_concept_without_a_pair_is_ranked_as_chance_ranks_it():
    rng = np.random.default_rng(2)
    concepts = random_table(rng, n_proteins=8, n_concepts=2)
    features = random_features(rng, concepts.lengths)
    counts = count_by_hand(concepts, features, range(8))
    settings = {"n_bootstraps": 9, "confidence": 0.9, "n_permutations": 2, "length_group": 2}
    found = Measurement(protocol=protocol_named("held_out"), seed=0, **settings)(
        "pca", [], counts, held_out(concepts, features, range(8)), is_tested=False
    )
    assert found.pairs == ()
    np.testing.assert_allclose(found.average_precision, counts.prevalence)
    assert found.replicates.shape == (2, 9)
    assert found.replicates.mean() == pytest.approx(counts.prevalence.mean(), rel=0.3)
