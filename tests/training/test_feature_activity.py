import pytest
import torch

from interplm.training import FeatureActivity


def fired(*features):
    """Counts of a batch of ten residues on which these of three features fired."""
    return torch.tensor([10 if i in features else 0 for i in range(3)])


def activity(dead_after_residues=10):
    return FeatureActivity(d_sae=3, dead_after_residues=dead_after_residues)


def dead(of):
    of.look_()
    return of.dead.tolist()


def test_residues_and_not_steps_are_counted():
    made = activity(dead_after_residues=25)
    for _ in range(2):
        made.update(fired(0), 10)
    assert made.residues_since_fired.tolist() == [0, 20, 20]
    assert dead(made) == []
    made.update(fired(0, 1), 10)
    assert dead(made) == [2]


def test_a_dead_feature_that_fires_lives_again():
    made = activity()
    made.update(fired(0), 10)
    made.update(fired(1, 2), 10)
    assert dead(made) == [0]


def test_who_is_dead_stays_until_the_next_look():
    made = activity()
    made.look_()
    made.update(fired(0), 10)
    assert made.dead.tolist() == []
    assert made.dead_percent() == pytest.approx(100 * 2 / 3)
    assert dead(made) == [1, 2]


def test_which_features_fired_is_returned():
    assert activity().update(fired(1), 10).tolist() == [False, True, False]


def test_a_checkpoint_carries_the_counts_and_who_was_dead():
    made = activity()
    made.update(fired(0), 10)
    made.look_()
    made.update(fired(0, 1), 10)
    restored = activity()
    assert restored.dead.tolist() == []
    restored.load_state_dict(made.state_dict())
    assert restored.residues_since_fired.tolist() == [0, 0, 20]
    assert restored.dead.tolist() == [1, 2]


def test_replaced_features_start_anew():
    made = activity()
    made.update(fired(0), 10)
    made.look_()
    made.restart_(torch.tensor([2]))
    assert made.dead.tolist() == [1]
    assert made.residues_since_fired.tolist() == [0, 10, 0]


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(ValueError, match="dead_after_residues must be at least 1, got 0"):
        activity(dead_after_residues=0)
