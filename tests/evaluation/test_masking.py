import random

import pytest

from interplm.evaluation.masking import masked_positions, predictable

SEQUENCE = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGD" * 3


@pytest.mark.parametrize(("length", "expected"), [(1, 1), (3, 1), (10, 2), (100, 15), (126, 19)])
def test_the_share_is_rounded_and_at_least_one_residue(length, expected):
    positions = masked_positions(SEQUENCE[:length], fraction=0.15, seed=0)
    assert len(positions) == len(set(positions)) == expected
    assert positions == sorted(positions)
    assert positions[0] >= 0
    assert positions[-1] < length


def test_sequence_and_seed_decide_and_nothing_else():
    first = masked_positions(SEQUENCE, fraction=0.15, seed=0)
    random.seed(1)
    state = random.getstate()
    assert masked_positions(SEQUENCE, fraction=0.15, seed=0) == first
    assert random.getstate() == state
    assert masked_positions(SEQUENCE, fraction=0.15, seed=1) != first
    assert masked_positions("A" + SEQUENCE[1:], fraction=0.15, seed=0) != first


def test_letters_that_name_no_single_amino_acid_are_never_predicted():
    sequence = "XMBKZVUOJX" * 10
    assert predictable("XMBKZVUOJX") == [1, 3, 5]
    chosen = [masked_positions(sequence, fraction=0.9, seed=seed) for seed in range(20)]
    assert {sequence[position] for positions in chosen for position in positions} == set("MKV")
    assert {len(positions) for positions in chosen} == {27}
