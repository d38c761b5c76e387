import numpy as np
import pytest

from interplm.errors import MalformedInput
from interplm.explorer.pages.your_protein.mutations import changes, mutate


@pytest.mark.parametrize(
    ("text", "expected"),
    [("L2P", "MPAV"), ("l2p", "MPAV"), ("L2P, V4G", "MPAG"), ("L2P;V4G", "MPAG"), ("M1M", "MLAV")],
)
def test_substitutions_are_applied_to_the_numbered_residues(text, expected):
    assert mutate("MLAV", text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A2P", "residue 2 is L, so write L2P"),
        ("L9P", "has residues 1 to 4"),
        ("L0P", "has residues 1 to 4"),
        ("delL2", "'delL2' is not a mutation: write them as L23P"),
        ("", "is not a mutation"),
        ("L2X", "X is not one of the 20"),
        ("L2P L2G", "residue 2 is changed twice"),
        ("<script>", "is not a mutation"),
    ],
)
def test_what_cannot_be_applied_is_said(text, sentence):
    with pytest.raises(MalformedInput, match=sentence):
        mutate("MLAV", text)


def test_features_appear_vanish_or_shift_with_the_largest_change_first():
    before = np.array([[0.0, 0.9, 0.5, 0.30], [0.0, 0.0, 0.1, 0.0]], dtype=np.float32)
    after = np.array([[0.0, 0.0, 0.5, 0.35], [0.4, 0.0, 0.8, 0.0]], dtype=np.float32)
    found = changes(before, after)
    assert [(c.feature, c.kind, c.residue) for c in found] == [
        (1, "vanishes", 0), (2, "shifts", 1), (0, "appears", 1),
    ]  # fmt: skip
    assert [c.change for c in found] == pytest.approx([-0.9, 0.7, 0.4])
    assert (found[1].before, found[1].after) == pytest.approx((0.5, 0.8))


def test_sequences_of_unequal_length_are_compared_by_their_maxima():
    before = np.array([[0.0, 0.2]], dtype=np.float32)
    after = np.array([[0.0, 0.2], [0.5, 0.1]], dtype=np.float32)
    (change,) = changes(before, after)
    assert (change.feature, change.residue, change.kind) == (0, None, "appears")


def test_nothing_changes_between_equal_sequences():
    same = np.random.default_rng(0).random((5, 7), dtype=np.float32)
    assert changes(same, same) == []
