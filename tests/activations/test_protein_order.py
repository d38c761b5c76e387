from itertools import islice, takewhile

import numpy as np
import pytest

from interplm.activations.protein_order import ProteinOrder

LENGTHS = np.array([5, 3, 8, 2, 7, 4, 6, 1])  # 36 rows


def order(buffer_rows=12, **changes):
    settings = {"lengths": LENGTHS, "buffer_rows": buffer_rows, "seed": 0, "rank": 0}
    return ProteinOrder(**settings | changes)


def epochs(made, n):
    """The proteins of the first epochs, block by block."""
    blocks = list(takewhile(lambda block: block.first_row < 36 * n, made.blocks(0)))
    found = [[] for _ in range(n)]
    for block in blocks:
        found[block.first_row // 36] += block.proteins.tolist()
    return found


def test_every_epoch_has_every_protein_once_in_another_order():
    first, second = epochs(order(), 2)
    assert sorted(first) == sorted(second) == list(range(8))
    assert first != second
    assert epochs(order(), 2) == [first, second]
    assert epochs(order(seed=1), 1) != [first]
    assert epochs(order(rank=1), 1) != [first]


def test_blocks_follow_one_another_and_hold_no_more_than_asked_for():
    row = 0
    for block in islice(order().blocks(0), 20):
        assert block.first_row == row
        assert block.n_rows == LENGTHS[block.proteins].sum() <= 12
        assert sorted(block.permutation().tolist()) == list(range(block.n_rows))
        row += block.n_rows


def test_a_protein_longer_than_a_block_is_one_of_its_own():
    for block in islice(order(buffer_rows=4).blocks(0), 20):
        assert block.n_rows <= 4 or len(block.proteins) == 1


@pytest.mark.parametrize("first_row", [0, 1, 11, 12, 35, 36, 37, 100])
def test_it_goes_on_with_the_block_of_any_row(first_row):
    whole = list(islice(order().blocks(0), 30))
    found = next(order().blocks(first_row))
    assert found.first_row <= first_row < found.first_row + found.n_rows
    expected = next(b for b in whole if b.first_row == found.first_row)
    assert np.array_equal(found.proteins, expected.proteins)
    assert found.permutation().tolist() == expected.permutation().tolist()
