import numpy as np
import pytest

from interplm.features.scoring.bootstrap import bootstrap_f1, interval, protein_weights
from interplm.features.scoring.held_out import ProteinCounts
from interplm.features.scoring.metrics import detection_metrics


def random_counts(rng, n: int) -> ProteinCounts:
    n_domains = rng.poisson(1, n)
    hit = rng.binomial(n_domains, 0.6)
    tp = hit * rng.integers(1, 5, n)
    return ProteinCounts(
        tp=tp, firing=tp + rng.poisson(1, n), n_found=hit, n_residues=n_domains * 5,
        n_domains=n_domains,
    )  # fmt: skip


def f1_of(counts: ProteinCounts, chosen, by_domain: bool) -> float:
    names = ("tp", "firing", "n_found", "n_residues", "n_domains")
    totals = {name: getattr(counts, name)[chosen].sum() for name in names}
    return float(detection_metrics(**totals, by_domain=by_domain).f1)


@pytest.mark.parametrize("by_domain", [True, False])
def test_each_sample_scores_the_proteins_that_it_drew(by_domain):
    rng = np.random.default_rng(0)
    counts = random_counts(rng, 30)
    weights = protein_weights(30, 100, rng=rng)
    found = bootstrap_f1(counts, weights, by_domain=by_domain)
    for sample in range(100):
        drawn = np.repeat(np.arange(30), weights[sample])
        assert found[sample] == pytest.approx(f1_of(counts, drawn, by_domain))


def test_every_sample_draws_as_many_proteins_as_there_are():
    weights = protein_weights(50, 200, rng=np.random.default_rng(1))
    assert (weights.sum(axis=1) == 50).all()
    assert weights.mean(axis=0) == pytest.approx(1, abs=0.35)
    again = protein_weights(50, 200, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(weights, again)


def test_the_interval_is_made_of_percentiles():
    assert interval(np.arange(101.0), confidence=0.9) == pytest.approx((5, 95))


def test_intervals_hold_the_score_of_the_population_about_as_often_as_they_say():
    rng = np.random.default_rng(2)
    truth = f1_of(random_counts(rng, 200_000), slice(None), True)
    weights = protein_weights(80, 300, rng=rng)
    held = 0
    for _ in range(150):
        low, high = interval(
            bootstrap_f1(random_counts(rng, 80), weights, by_domain=True), confidence=0.9
        )
        held += low <= truth <= high
    assert 0.8 <= held / 150 <= 0.97
