import math

import pytest

from interplm.explorer.render.motif import ALPHABET, motif, windows

UNIFORM = dict.fromkeys(ALPHABET, 0.05)


def test_windows_are_filled_beyond_the_ends_of_a_protein():
    assert windows([("ABCDE", 0), ("ABCDE", 2), ("ABCDE", 4)], reach=2) == [
        "--ABC", "ABCDE", "CDE--",
    ]  # fmt: skip


def test_information_is_the_relative_entropy_of_the_counts():
    column = motif(["C"] * 3 + ["H"], UNIFORM)[0]
    p_c, p_h, p_other = (3 + 0.05) / 5, (1 + 0.05) / 5, 0.05 / 5
    expected = (
        p_c * math.log2(p_c / 0.05) + p_h * math.log2(p_h / 0.05)
        + 18 * p_other * math.log2(p_other / 0.05)
    )  # fmt: skip
    assert column.information == pytest.approx(expected)
    assert column.heights["C"] == pytest.approx(p_c * expected)
    assert column.log_odds["H"] == pytest.approx(math.log2(p_h / 0.05))


def test_a_residue_as_common_as_in_the_background_says_nothing():
    column = motif(list(ALPHABET), UNIFORM)[0]
    assert column.information == pytest.approx(0, abs=1e-12)


def test_gaps_and_unknown_residues_are_not_counted():
    assert motif(["-", "X", "C"], UNIFORM)[0].n == 1
    empty = motif(["-", "-"], UNIFORM)[0]
    assert (empty.n, empty.information) == (0, 0)


def test_a_residue_missing_from_the_background_is_no_error():
    assert math.isfinite(motif(["W", "W"], {"A": 1.0})[0].information)


def test_windows_that_share_a_weight_count_as_one():
    pair = motif(["C", "C", "H"], UNIFORM, weights=[0.5, 0.5, 1])[0]
    alone = motif(["C", "H"], UNIFORM)[0]
    assert pair == alone
