import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from tests.activations.stores import write_store
from tests.features.concept_cases import table

from interplm.activations.store import ActivationStore
from interplm.features.encoding.located import locate
from interplm.features.encoding.probe import LinearProbe, fit_linear_probe

LENGTHS = [30] * 20
SETTINGS = {"n_residues": 10**6, "n_iterations": 100, "weight_decay": 1e-2, "seed": 0}


@pytest.fixture
def case(tmp_path):
    """Concept 0 lies where one direction is high, concept 1 anywhere."""
    rows = write_store(tmp_path, [LENGTHS], dtype="float32")
    rng = np.random.default_rng(0)
    spans = []
    for protein, x in enumerate(rows):
        high = np.flatnonzero(x @ [1, -1, 0.5, 0] + rng.normal(0, 0.3, len(x)) > 1)
        spans += [(protein, 0, int(r), int(r) + 1) for r in high]
        spans.append((protein, 1, int(rng.integers(25)), 28, True))
    concepts = table(LENGTHS, spans)
    return rows, concepts, locate(ActivationStore(tmp_path).shards, concepts)


def fitted(case, **changes):
    _, concepts, located = case
    return fit_linear_probe(located, concepts, device="cpu", **SETTINGS | changes)


def test_the_probe_is_the_logistic_regression_of_scikit_learn(case):
    rows, concepts, _ = case
    x = np.concatenate(rows).astype(np.float64)
    mean, deviation = x.mean(axis=0), x.std(axis=0, ddof=1)
    y = concepts.labels(np.arange(20))
    found = fitted(case)
    for concept in range(2):
        # scikit-learn's penalty is that of the sum over residues, ours of the mean.
        reference = LogisticRegression(C=1 / (1e-2 * len(x)), tol=1e-8, max_iter=1000)
        reference.fit((x - mean) / deviation, y[:, concept])
        weight = reference.coef_[0] / deviation
        bias = float(reference.intercept_[0] - mean @ weight)
        np.testing.assert_allclose(found.weight[:, concept].numpy(), weight, atol=2e-3)
        assert float(found.bias[concept]) == pytest.approx(bias, abs=2e-3)


def test_features_are_probabilities_above_the_base_rate(case):
    rows, concepts, _ = case
    probe = fitted(case)
    x = torch.from_numpy(np.concatenate(rows))
    features = probe.encode(x)
    share = concepts.labels(np.arange(20)).mean(axis=0)
    expected = (torch.sigmoid(x @ probe.weight + probe.bias).numpy() - share).clip(0)
    np.testing.assert_allclose(features.numpy(), expected, atol=1e-6)
    assert probe.d_sae == 2


def test_no_more_residues_are_read_than_asked_for(case):
    one = fitted(case, n_residues=60)
    assert not torch.allclose(one.weight, fitted(case).weight)
    assert torch.equal(one.weight, fitted(case, n_residues=60).weight)


def test_a_concept_that_no_residue_carries_gives_a_silent_feature(case):
    rows, _, located = case
    rare = table(LENGTHS, [(19, 1, 0, 1)], n_concepts=2)
    probe = fit_linear_probe(located.only(np.arange(20) < 10), rare, device="cpu", **SETTINGS)
    assert torch.isfinite(probe.weight).all()
    assert float(probe.encode(torch.from_numpy(rows[0])).max()) < 0.01


def test_it_reads_activations_on_its_own(case):
    probe = LinearProbe(weight=torch.eye(2), bias=torch.zeros(2), prevalence=torch.zeros(2))
    assert probe.encode(torch.zeros(1, 2)).tolist() == [[0.5, 0.5]]
