import pytest
import torch

from interplm.training import FeatureActivity


def features(*fired):
    return torch.tensor([[1.0 if i in fired else 0.0 for i in range(3)]]).repeat(10, 1)


def test_residues_and_not_steps_are_counted():
    activity = FeatureActivity(d_sae=3, dead_after_residues=25)
    for _ in range(2):
        activity.update(features(0))
    assert activity.residues_since_fired.tolist() == [0, 20, 20]
    assert activity.dead() is None
    activity.update(features(0, 1))
    assert activity.dead().tolist() == [False, False, True]


def test_a_dead_feature_that_fires_lives_again():
    activity = FeatureActivity(d_sae=3, dead_after_residues=10)
    activity.update(features(0))
    activity.update(features(1, 2))
    assert activity.dead().tolist() == [True, False, False]


def test_how_often_each_feature_fired_is_returned():
    activity = FeatureActivity(d_sae=3, dead_after_residues=10)
    assert activity.update(features(1)).tolist() == [0, 10, 0]


def test_a_checkpoint_carries_the_counts():
    activity = FeatureActivity(d_sae=3, dead_after_residues=10)
    activity.update(features(0))
    restored = FeatureActivity(d_sae=3, dead_after_residues=10)
    restored.load_state_dict(activity.state_dict())
    assert restored.residues_since_fired.tolist() == [0, 10, 10]


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(ValueError, match="dead_after_residues must be at least 1, got 0"):
        FeatureActivity(d_sae=3, dead_after_residues=0)
