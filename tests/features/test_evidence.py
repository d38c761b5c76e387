import pytest

from interplm.features.evidence import STRENGTHS, label_strength, position_explains


@pytest.mark.parametrize(
    ("f1_residue", "f1_corrected", "margin", "expected"),
    [
        (0.7, 0.9, 0.2, "follows"),
        # One residue in 23 of each zinc finger: every instance found, hardly any of it covered.
        (0.08, 0.99, 0.3, "marks"),
        (0.2, 0.4, 0.1, "hints"),
        # However good, a baseline is as good.
        (0.9, 0.95, 0.0, "not above baselines"),
        (0.9, 0.95, -0.1, "not above baselines"),
        (0.9, 0.95, None, "follows"),
    ],
)
def test_the_words_follow_margin_and_residues_and_not_f1_alone(
    f1_residue, f1_corrected, margin, expected
):
    found = label_strength(f1_residue=f1_residue, f1_corrected=f1_corrected, margin=margin)
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
    ],
)
def test_position_explains_what_moving_annotations_leaves(f1, f1_position, q_value, expected):
    assert position_explains(f1=f1, f1_position=f1_position, q_value=q_value) is expected
