import dataclasses

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from scipy.stats import kstest
from tests.activations.stores import write_store
from tests.features.concept_cases import (
    THRESHOLDS,
    assert_equal_counts,
    count_by_hand,
    table,
)
from tests.features.shuffled import shuffled_annotations

from interplm.activations.store import ActivationStore
from interplm.errors import UserError
from interplm.features.encoding.baselines import Neurons
from interplm.features.encoding.encoded import EncodedProteins
from interplm.features.encoding.located import locate
from interplm.features.scoring.scorer import ConceptScorer
from interplm.runtime.configs import config_folder
from interplm.sae.normalized import scale_of_maxima

N = 160
LENGTHS = np.random.default_rng(3).integers(20, 60, size=N)
SHARDS = [LENGTHS[:50].tolist(), LENGTHS[50:].tolist()]
IN_VALIDATION = np.arange(N) % 2 == 0
SETTINGS = {
    "thresholds": THRESHOLDS, "protocol": "held_out", "min_residues": 40, "min_domains": 5,
    "n_controls": 0, "f1_floor": 0.5, "lift_floor": 0.1, "n_best": 3, "n_bootstraps": 100,
    "confidence": 0.9, "n_permutations": 199, "length_group": 20, "residues_per_batch": 100,
    "max_entries": 10**6, "seed": 0,
}  # fmt: skip


def scorer(**changes) -> ConceptScorer:
    return ConceptScorer(**SETTINGS | changes)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    rows = write_store(folder, SHARDS, dtype="float32")
    return ActivationStore(folder).shards, rows


@pytest.fixture(scope="module")
def planted(stored):
    """Concepts 0..2 lie where a neuron is high, or low; 3 lies anywhere, 4 is rare."""
    _, rows = stored
    rng = np.random.default_rng(1)
    spans = []
    for protein, x in enumerate(rows):
        for number, fires in enumerate((x[:, 0] > 1.2, x[:, 1] < -1.2, x[:, 2] > 1.0)):
            spans += [(protein, number, int(r), int(r) + 1) for r in np.flatnonzero(fires)]
        start = int(rng.integers(len(x) - 6))
        spans.append((protein, 3, start, start + 6))
    spans.append((0, 4, 0, 1))
    return table(LENGTHS, spans, kinds=["residue", "residue", "domain", "domain", "domain"])


def score(
    stored, concepts, *, name="sae", in_validation=IN_VALIDATION, in_test=~IN_VALIDATION,
    representation=None, **changes,
):  # fmt: skip
    made = scorer(**changes)
    benchmark = made.benchmark(
        concepts, stored[0], in_validation=in_validation, in_test=in_test,
        cluster=np.arange(len(concepts.lengths)),
    )  # fmt: skip
    return made.score(name, representation or Neurons(d_in=4), stored[0], benchmark, device="cpu")


@pytest.fixture(scope="module")
def scores(stored, planted):
    return score(stored, planted)


def best_of(scored):
    return {pair.concept: pair for pair in scored.measured.pairs if pair.best_by_average_precision}


def test_counts_of_both_splits_are_those_by_hand(stored, planted, scores):
    rows = stored[1]
    maxima = scores.maxima.numpy()
    every = np.concatenate(rows)
    np.testing.assert_array_equal(maxima, np.concatenate([every.max(0), -every.min(0)]))
    features = [np.maximum(np.hstack([x, -x]), 0) / maxima for x in rows]
    frequent = planted.with_concepts(np.array([True, True, True, True, False]))
    for found, mask in ((scores.validation, IN_VALIDATION), (scores.test, ~IN_VALIDATION)):
        assert_equal_counts(found, count_by_hand(frequent, features, np.flatnonzero(mask)))
    assert scores.l0 == pytest.approx(np.mean([(x != 0).sum() for x in every]))


def test_planted_concepts_are_found_by_their_neurons_and_significant(scores):
    best = best_of(scores)
    assert set(best) == {"c0", "c1", "c2", "c3"}  # the rare one is not evaluated
    assert [best[name].feature for name in ("c0", "c1", "c2")] == [0, 5, 2]
    for name in ("c0", "c1", "c2"):
        pair = best[name]
        assert pair.f1 > 0.5
        assert pair.f1_low <= pair.f1 <= pair.f1_high
        assert pair.precision_low <= pair.precision <= pair.precision_high
        assert pair.q_value <= 0.05
        assert pair.average_precision > 0.9
        assert pair.average_precision_low <= pair.average_precision <= pair.average_precision_high
        assert pair.f1_position < 0.5
        assert pair.coverage > 0.5
    assert best["c3"].q_value > 0.05


def test_pairs_are_measured_at_the_threshold_chosen_on_validation_proteins(scores):
    for pair in scores.measured.pairs:
        c = [concept.name for concept in scores.test.concepts].index(pair.concept)
        t = THRESHOLDS.index(pair.threshold)
        test, by_domain = scores.test, scores.test.concepts[c].kind == "domain"
        tp, firing = test.tp[c, pair.feature, t], test.firing[pair.feature, t]
        recall = test.n_found[c, pair.feature, t] / test.n_domains[c]
        if not by_domain:
            recall = tp / test.n_residues[c]
        precision = tp / firing
        assert pair.precision == pytest.approx(precision)
        assert pair.recall == pytest.approx(recall)
        assert pair.f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_nothing_is_significant_or_above_chance_when_annotations_are_shuffled(stored, planted):
    shuffled = shuffled_annotations(planted, group_size=20, rng=np.random.default_rng(6))
    found = score(stored, shuffled)
    tested = [pair for pair in found.measured.pairs if pair.q_value is not None]
    assert len(tested) >= 4
    assert min(pair.q_value for pair in tested) > 0.05
    lift = found.measured.average_precision - found.test.prevalence
    assert np.abs(lift).max() < 0.03
    assert max(pair.f1_corrected for pair in best_of(found).values()) < 0.5


def test_random_spans_as_many_and_as_long_as_the_planted_ones_are_found_by_nothing(stored, planted):
    p_values = []
    for seed in range(5):
        found = score(stored, planted, n_controls=4, seed=seed)
        controls = [c.role == "control" for c in found.test.concepts]
        assert sum(controls) == 4
        best = [p for name, p in best_of(found).items() if name.startswith("Control")]
        p_values += [pair.p_value for pair in best]
        assert max(pair.f1_corrected for pair in best) < 0.2
        assert not any(pair.is_label for pair in found.measured.pairs if pair in best)
        lift = found.measured.average_precision - found.test.prevalence
        assert lift[controls].max() < 0.05 < lift[:3].min()
    assert len(p_values) == 20
    assert kstest(p_values, "uniform").pvalue > 0.01


def test_concepts_with_the_same_instances_are_scored_once_and_by_the_original_each(stored, planted):
    twice = with_twin(planted, "c0: any")
    found = score(stored, twice)
    assert [c.name for c in found.test.concepts] == ["c0", "c1", "c2", "c3"]
    assert found.test.concepts[0].aliases == ("c0: any",)
    original = score(stored, twice, protocol="original")
    assert [c.name for c in original.test.concepts] == ["c0", "c1", "c2", "c3", "c0: any"]


def with_twin(concepts, name):
    """One more concept, with the instances of the first."""
    own = np.flatnonzero(concepts.concept == 0)
    rows = np.append(np.arange(concepts.n_spans), own)
    number = concepts.concept[rows].copy()
    number[concepts.n_spans :] = len(concepts.concepts)
    twin = dataclasses.replace(concepts.concepts[0], name=name, scope="any")
    return type(concepts).from_arrays(
        concepts=[*concepts.concepts, twin], accessions=concepts.accessions,
        lengths=concepts.lengths, concept=number, protein=concepts.protein[rows],
        start=concepts.start[rows], stop=concepts.stop[rows], ends_only=concepts.ends_only[rows],
    )  # fmt: skip


def test_concepts_too_rare_on_a_side_are_told_with_their_counts(stored, planted):
    benchmark = scorer().benchmark(
        planted, stored[0], in_validation=IN_VALIDATION, in_test=~IN_VALIDATION,
        cluster=np.arange(N),
    )  # fmt: skip
    (rare,) = benchmark.rare
    assert (rare.concept, rare.n_domains, rare.n_proteins) == ("c4", 1, 1)
    assert "fewer than 40 residues and 5 instances" in rare.reason


def test_of_a_baseline_the_best_pairs_alone_are_measured_without_significance(stored, planted):
    found = score(stored, planted, name="neurons").measured.pairs
    assert all(p.best_by_average_precision or p.best_by_f1 or p.best_by_f1_residue for p in found)
    assert {pair.q_value for pair in found} == {None}
    assert not any(pair.is_label for pair in found)


def test_what_does_not_fit_the_memory_is_encoded_again_with_the_same_result(
    stored, planted, scores
):
    again = score(stored, planted, max_entries=10)
    assert again.measured.pairs == scores.measured.pairs
    assert_equal_counts(again.test, scores.test)


def test_the_original_protocol_takes_the_best_threshold_of_the_test_proteins(stored, planted):
    found = score(stored, planted, protocol="original")
    for pair in found.measured.pairs:
        c = [concept.name for concept in found.test.concepts].index(pair.concept)
        f1 = []
        for t in range(len(THRESHOLDS)):
            tp, firing = found.test.tp[c, pair.feature, t], found.test.firing[pair.feature, t]
            recall = found.test.n_found[c, pair.feature, t] / found.test.n_domains[c]
            precision = tp / max(firing, 1)
            f1.append(2 * precision * recall / (precision + recall) if tp else 0.0)
        assert pair.f1 == pytest.approx(max(f1))
        assert pair.threshold == THRESHOLDS[int(np.argmax(f1))]


def test_shards_counted_apart_add_up(stored, planted, scores):
    mine = scorer()
    frequent = planted.with_concepts(np.array([True, True, True, True, False]))
    parts = [
        EncodedProteins(
            Neurons(d_in=4), [locate([shard], planted).only(IN_VALIDATION),
                              locate([shard], planted).only(~IN_VALIDATION)],
            residues_per_batch=100, max_entries=10**6, device="cpu", description="",
        )
        for shard in stored[0]
    ]  # fmt: skip
    maxima = torch.maximum(parts[0].maxima, parts[1].maxima)
    torch.testing.assert_close(maxima, scores.maxima, rtol=0, atol=0)
    first, second = (
        mine.count(part.blocks(0, scale_of_maxima(maxima)), frequent, 8)[0] for part in parts
    )
    assert_equal_counts(first + second, scores.validation)


def test_scores_follow_from_the_seed(stored, planted, scores):
    assert score(stored, planted).measured.pairs == scores.measured.pairs


def test_features_that_never_fired_are_counted(stored, planted):
    class HalfDead(Neurons):
        def encode(self, x):
            return super().encode(x) * (torch.arange(self.d_sae) < 4)

    found = score(stored, planted, representation=HalfDead(d_in=4))
    assert int((found.maxima == 0).sum()) == 4
    assert not found.test.tp[:, 4:].any()


def test_proteins_without_activations_are_left_out_and_told(stored, caplog):
    more = table([*LENGTHS, 30], [(N - 2, 0, 0, 5), (N - 1, 0, 0, 5), (N, 0, 0, 5)])
    with caplog.at_level("WARNING"):
        scorer(min_residues=5).benchmark(
            more,
            stored[0],
            in_validation=np.append(IN_VALIDATION, False),
            in_test=np.append(~IN_VALIDATION, True),
            cluster=np.arange(N + 1),
        )
    assert "1 of 161 annotated proteins have no activations" in caplog.text


def test_overlapping_splits_and_rare_concepts_are_refused(stored, planted):
    with pytest.raises(UserError, match="different ones"):
        score(stored, planted, in_test=np.ones(N, bool))
    with pytest.raises(UserError, match="No concept has 100000 residues or 10000 instances"):
        score(stored, planted, min_residues=100_000, min_domains=10_000)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"protocol": "paper"}, "scoring.protocol must be one of"),
        ({"n_permutations": 0}, "scoring.n_permutations must be at least 1"),
        ({"n_controls": -1}, "scoring.n_controls must be 0 or more, got -1"),
        ({"confidence": 1.0}, "scoring.confidence must be within"),
        ({"thresholds": [0.5, 0.1]}, "scoring.thresholds must ascend"),
        ({"thresholds": []}, "scoring.thresholds must ascend"),
    ],
)
def test_settings_out_of_range_are_refused(changes, message):
    with pytest.raises(UserError, match=message):
        scorer(**changes)


@pytest.mark.parametrize("path", sorted((config_folder() / "scoring").glob("*.yaml")))
def test_every_shipped_setting_makes_a_scorer(path):
    base = OmegaConf.load(config_folder() / "scoring" / "default.yaml")
    own = OmegaConf.load(path)
    own.pop("defaults", None)
    config = OmegaConf.create({"concepts": {"minimum": {"residues": 100, "domains": 5}}})
    config.scoring = OmegaConf.merge(base, own)
    assert isinstance(instantiate(config.scoring), ConceptScorer)
