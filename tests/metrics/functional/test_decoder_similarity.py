import math

import pytest
import torch

from interplm.metrics.functional import nearest_rows


def nearest_cosines(W_dec, *, block_rows):
    cosines, _ = nearest_rows(W_dec, n_others=1, block_rows=block_rows)
    return cosines.squeeze(1)


W_DEC = torch.randn(23, 5, generator=torch.Generator().manual_seed(0))


def naive(W_dec):
    rows = W_dec.tolist()
    return [
        max(
            sum(a * b for a, b in zip(row, other, strict=True))
            / math.hypot(*row)
            / math.hypot(*other)
            for j, other in enumerate(rows)
            if j != i
        )
        for i, row in enumerate(rows)
    ]


@pytest.mark.parametrize("block_rows", [1, 7, 23, 100])
def test_it_equals_comparing_every_pair(block_rows):
    found = nearest_cosines(W_DEC.double(), block_rows=block_rows)
    torch.testing.assert_close(found, torch.tensor(naive(W_DEC), dtype=torch.float64))


def test_two_rows_in_one_direction_have_cosine_one_whatever_their_lengths():
    W_dec = torch.cat([torch.eye(4), 3 * torch.eye(4)[:1]])
    torch.testing.assert_close(
        nearest_cosines(W_dec, block_rows=2), torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0])
    )


def test_a_row_of_zeros_is_near_to_none():
    assert nearest_cosines(torch.tensor([[0.0], [1.0]]), block_rows=2).tolist() == [0, 0]


def test_a_single_row_has_no_other():
    cosines, others = nearest_rows(torch.ones(1, 3), n_others=4, block_rows=2)
    assert cosines.shape == others.shape == (1, 0)


def test_no_product_is_larger_than_a_block(monkeypatch):
    sizes = []
    original = torch.Tensor.__matmul__

    def watched(self, other):
        product = original(self, other)
        sizes.append(product.numel())
        return product

    monkeypatch.setattr(torch.Tensor, "__matmul__", watched)
    nearest_cosines(W_DEC, block_rows=4)
    assert max(sizes) == 4 * 23


def test_a_block_of_no_rows_is_refused():
    with pytest.raises(ValueError, match="block_rows must be at least 1, got 0"):
        nearest_cosines(W_DEC, block_rows=0)
