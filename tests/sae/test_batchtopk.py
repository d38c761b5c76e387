import pytest
import torch
from tests.sae.architectures import build, fitted, residues

from interplm.sae import selection
from interplm.sae.selection import PreActivationChunks


def test_in_training_the_batch_shares_its_places():
    sae = build("batchtopk", k=2)
    pre = torch.tensor([[5.0, 4.0, 3.0, -1.0], [2.0, 0.5, 0.1, -3.0]])
    expected = torch.tensor([[5.0, 4.0, 3.0, 0.0], [2.0, 0.0, 0.0, 0.0]])
    assert torch.equal(sae.activate(pre), expected)


def test_negative_pre_activations_never_fire_even_where_places_are_left():
    sae = build("batchtopk", k=2)
    pre = torch.tensor([[5.0, -1.0], [-2.0, -1.0]])
    assert torch.equal(sae.activate(pre), torch.tensor([[5.0, 0.0], [0.0, 0.0]]))


def test_in_evaluation_everything_above_the_threshold_fires():
    sae = build("batchtopk", k=1).eval()
    sae.threshold.fill_(1.0)
    pre = torch.tensor([[5.0, 4.0, 0.9], [1.0, 0.5, -3.0]])
    assert torch.equal(sae.activate(pre), torch.tensor([[5.0, 4.0, 0.0], [0.0, 0.0, 0.0]]))


def test_the_threshold_is_a_running_mean_of_the_smallest_feature_kept():
    sae, expected = build("batchtopk", k=2, threshold_decay=0.9).requires_grad_(False), None
    for seed in range(5):
        output = sae(residues(seed=seed))
        smallest = float(output.features[output.features > 0].min())
        expected = smallest if expected is None else 0.9 * expected + 0.1 * smallest
        sae.update_(output)
    assert sae.threshold.dtype == torch.float64
    assert float(sae.threshold) == pytest.approx(expected, rel=1e-12)


def test_a_batch_in_which_nothing_fires_leaves_the_threshold():
    sae = fitted("batchtopk")
    before = sae.threshold.clone()
    with torch.no_grad():
        sae.b_enc.fill_(-1e3)
    sae.update_(sae(residues()))
    assert torch.equal(sae.threshold, before)


def test_evaluation_keeps_about_k_features_once_the_threshold_is_learnt():
    sae = build("batchtopk", k=3)
    for seed in range(20):
        sae.update_(sae(residues(256, seed=seed)))
    l0 = float((sae.eval().encode(residues(2048, seed=99)) > 0).sum(dim=1).float().mean())
    assert l0 == pytest.approx(3, rel=0.1)


def test_in_evaluation_only_the_features_asked_for_are_computed(monkeypatch):
    sae = fitted("batchtopk").eval()
    monkeypatch.setattr(sae, "encode", lambda x: pytest.fail("encoded everything"))
    assert sae.encode_features(residues(), torch.tensor([3])).shape == (32, 1)


@pytest.mark.parametrize("k", [0, 17])
def test_k_outside_the_dictionary_is_refused(k):
    with pytest.raises(Exception, match=r"sae.k must be in 1..d_sae=16, got"):
        build("batchtopk", k=k)


def test_a_decay_of_one_would_never_learn_and_is_refused():
    with pytest.raises(Exception, match=r"sae.threshold_decay must be at least 0 and below 1"):
        build("batchtopk", threshold_decay=1.0)


def chunks(pre):
    """Pre-activations as they are, through an identity encoder."""
    return PreActivationChunks(pre, torch.eye(pre.shape[1]), torch.zeros(pre.shape[1]))


@pytest.mark.parametrize("quiet_start", [False, True])
def test_the_largest_are_found_even_where_the_first_residues_mislead(quiet_start, monkeypatch):
    monkeypatch.setattr(selection, "_ROWS", 8)
    pre = torch.randn(64, 16, generator=torch.Generator().manual_seed(0))
    # The guess comes from the first chunk: either far too low for the rest, or far too high.
    pre[:8] *= 0.01 if quiet_start else 100.0
    sae = build("batchtopk", k=2)
    assert torch.equal(sae.select(chunks(pre)).to_dense(), sae.activate(pre))


def test_equal_values_fill_the_places_that_are_left():
    sae = build("batchtopk", k=1)
    selected = sae.select(chunks(torch.ones(4, 16)))
    assert int(selected.firing_counts().sum()) == 4
