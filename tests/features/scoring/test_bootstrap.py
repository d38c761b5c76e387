import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from interplm.features.scoring import bootstrap
from interplm.features.scoring.bootstrap import (
    bootstrap_average_precision,
    bootstrap_detection,
    draw_clusters,
    interval,
)
from interplm.features.scoring.held_out import ProteinCounts
from interplm.features.scoring.metrics import Detection


def random_counts(rng, n: int) -> ProteinCounts:
    n_domains = rng.poisson(1, n)
    hit = rng.binomial(n_domains, 0.6)
    tp = hit * rng.integers(1, 5, n)
    return ProteinCounts(
        tp=tp, firing=tp + rng.poisson(1, n), n_found=hit, n_residues=n_domains * 5,
        n_domains=n_domains,
    )  # fmt: skip


def detection_of(counts: ProteinCounts, chosen, by_domain: bool) -> Detection:
    names = ("tp", "firing", "n_found", "n_residues", "n_domains")
    totals = {name: getattr(counts, name)[chosen].sum() for name in names}
    return Detection(**totals, n_rows=0, by_domain=by_domain)


def drawn_proteins(draws, sample):
    """Every protein as often as its cluster was drawn."""
    times = draws.weights[sample][draws.cluster]
    return np.repeat(np.arange(len(times)), times)


@pytest.mark.parametrize("by_domain", [True, False])
def test_each_sample_scores_the_proteins_of_the_clusters_that_it_drew(by_domain):
    rng = np.random.default_rng(0)
    counts = random_counts(rng, 30)
    draws = draw_clusters(rng.integers(12, size=30), 100, rng=rng)
    found = bootstrap_detection(counts, draws, by_domain=by_domain)
    for sample in range(100):
        expected = detection_of(counts, drawn_proteins(draws, sample), by_domain)
        assert found.f1[sample] == pytest.approx(float(expected.f1))
        assert found.precision[sample] == pytest.approx(float(expected.precision))


def ranked_proteins(rng, n_proteins=20, *, n_values=1000):
    """Scores and labels of every residue, by protein; many silent."""
    lengths = rng.integers(3, 12, size=n_proteins)
    scores = [rng.integers(0, n_values, size=n) * (rng.random(n) < 0.6) / n_values for n in lengths]
    return lengths, scores, [rng.random(n) < 0.25 for n in lengths]


def sampled(lengths, scores, labels, draws):
    score, label = np.concatenate(scores), np.concatenate(labels)
    protein = np.repeat(np.arange(len(lengths)), lengths)
    fires = score > 0
    return bootstrap_average_precision(
        score[fires], label[fires], protein[fires], draws,
        n_positive=np.array([one.sum() for one in labels]), n_rows=lengths,
    )  # fmt: skip


@pytest.mark.parametrize("n_values", [4, 1000])
def test_average_precision_of_each_sample_is_that_of_its_residues(n_values):
    rng = np.random.default_rng(1)
    lengths, scores, labels = ranked_proteins(rng, n_values=n_values)
    draws = draw_clusters(rng.integers(9, size=20), 40, rng=rng)
    found = sampled(lengths, scores, labels, draws)
    for sample in range(40):
        drawn = drawn_proteins(draws, sample)
        label = np.concatenate([labels[p] for p in drawn])
        score = np.concatenate([scores[p] for p in drawn])
        assert found[sample] == pytest.approx(average_precision_score(label, score))


def test_rounding_the_scores_of_a_frequent_concept_changes_little(monkeypatch):
    rng = np.random.default_rng(2)
    lengths, scores, labels = ranked_proteins(rng, 400)
    draws = draw_clusters(np.arange(400), 30, rng=rng)
    exact = sampled(lengths, scores, labels, draws)
    monkeypatch.setattr(bootstrap, "_MAX_LEVELS", 64)
    np.testing.assert_allclose(sampled(lengths, scores, labels, draws), exact, atol=0.01)


def test_a_sample_without_the_concept_has_no_average_precision():
    rng = np.random.default_rng(3)
    draws = draw_clusters(np.array([0, 1]), 50, rng=rng)
    labels = [np.array([True, False]), np.array([False, False])]
    found = sampled(np.array([2, 2]), [np.array([0.9, 0.1])] * 2, labels, draws)
    without = draws.weights[:, 0] == 0
    assert without.any()
    assert (found[without] == 0).all()
    assert (found[~without] > 0).all()


def test_every_sample_draws_as_many_clusters_as_there_are():
    draws = draw_clusters(np.repeat(np.arange(50), 3), 200, rng=np.random.default_rng(1))
    assert (draws.weights.sum(axis=1) == 50).all()
    assert draws.weights.mean(axis=0) == pytest.approx(1, abs=0.35)
    again = draw_clusters(np.repeat(np.arange(50), 3), 200, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(draws.weights, again.weights)


def test_draws_do_not_depend_on_the_order_of_the_proteins():
    cluster = np.array([30, 10, 20, 10])
    order = np.array([2, 0, 3, 1])
    one = draw_clusters(cluster, 9, rng=np.random.default_rng(0))
    other = draw_clusters(cluster[order], 9, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(one.weights, other.weights)
    np.testing.assert_array_equal(one.cluster[order], other.cluster)


def test_the_interval_is_made_of_percentiles():
    assert interval(np.arange(101.0), confidence=0.9) == pytest.approx((5, 95))


def test_intervals_hold_the_score_of_the_population_about_as_often_as_they_say():
    rng = np.random.default_rng(2)
    truth = detection_of(random_counts(rng, 200_000), slice(None), True).f1
    draws = draw_clusters(np.arange(80), 300, rng=rng)
    held = 0
    for _ in range(150):
        low, high = interval(
            bootstrap_detection(random_counts(rng, 80), draws, by_domain=True).f1, confidence=0.9
        )
        held += low <= truth <= high
    assert 0.8 <= held / 150 <= 0.97


def test_clusters_give_wider_intervals_than_their_members_alone():
    rng = np.random.default_rng(4)
    one = random_counts(rng, 20)
    copies = ProteinCounts(
        **{name: np.repeat(getattr(one, name), 8) for name in ProteinCounts.__slots__}
    )
    widths = []
    for cluster in (np.arange(160), np.repeat(np.arange(20), 8)):
        draws = draw_clusters(cluster, 500, rng=np.random.default_rng(0))
        low, high = interval(bootstrap_detection(copies, draws, by_domain=True).f1, confidence=0.95)
        widths.append(high - low)
    assert widths[1] > 2 * widths[0]
