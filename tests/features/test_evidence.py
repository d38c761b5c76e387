import pytest

from interplm.features.evidence import STRENGTHS, label_strength, position_explains

GOOD = {
    "precision_residue": 0.9, "recall_residue": 0.7, "f1": 1.0, "f1_corrected": 0.9, "margin": 0.2,
    "f1_position": 0.1, "q_value": 0.001,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "follows"),
        # One residue in 23 of each zinc finger: every instance found, hardly any of it covered.
        ({"recall_residue": 0.04, "f1_corrected": 0.99}, "marks"),
        # Along all of the concept, and along as much again that is not it.
        ({"precision_residue": 0.4, "recall_residue": 1.0}, "marks"),
        ({"recall_residue": 0.2, "f1_corrected": 0.4}, "hints"),
        # However good, a baseline is as good.
        ({"margin": 0.0}, "not above baselines"),
        ({"margin": -0.1}, "not above baselines"),
        ({"margin": None}, "follows"),
        # However good, annotations of other proteins fit as well.
        ({"q_value": 0.9, "f1_position": 0.98}, "position alone"),
        # As good by chance: too few instances to tell.
        ({"q_value": 0.06}, "hints"),
        # An amino acid, for which it is not tested.
        ({"q_value": None, "f1_position": None}, "follows"),
    ],
)
def test_the_words_follow_margin_position_and_residues_and_not_f1_alone(changes, expected):
    found = label_strength(**GOOD | changes)
    assert found == expected
    assert found in STRENGTHS


@pytest.mark.parametrize(
    ("f1", "f1_position", "q_value", "expected"),
    [
        (1.0, 0.98, 1.0, True),  # CDR1 of antibodies, at one place in all of them
        (1.0, 0.3, 0.001, False),
        (0.6, 0.4, 0.001, False),  # position helps, but the sequence does more
        (0.1, 0.01, 0.4, False),  # not significant, and position does nothing either
        (0.0, 0.0, 1.0, False),
        (1.0, None, None, False),
    ],
)
def test_position_explains_what_moving_annotations_leaves(f1, f1_position, q_value, expected):
    assert position_explains(f1=f1, f1_position=f1_position, q_value=q_value) is expected
