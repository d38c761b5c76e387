import torch
from torch import nn

from interplm.sae.decoder_constraint import normalize_decoder_, remove_parallel_gradient_


def test_only_the_part_of_the_gradient_across_the_row_is_left():
    W_dec = nn.Parameter(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    W_dec.grad = torch.tensor([[5.0, 2.0], [3.0, 4.0]])
    remove_parallel_gradient_(W_dec)
    assert torch.equal(W_dec.grad, torch.tensor([[0.0, 2.0], [3.0, 0.0]]))


def test_rows_and_not_columns_become_unit_vectors():
    W_dec = torch.tensor([[3.0, 4.0], [0.0, 2.0], [6.0, 8.0]])
    normalize_decoder_(W_dec)
    torch.testing.assert_close(W_dec, torch.tensor([[0.6, 0.8], [0.0, 1.0], [0.6, 0.8]]))


def test_a_row_of_zeros_stays_and_gives_no_nan():
    W_dec = torch.zeros(1, 2)
    normalize_decoder_(W_dec)
    assert torch.equal(W_dec, torch.zeros(1, 2))
