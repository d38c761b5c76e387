import math

import pytest
import torch

from interplm.metrics.functional import cosine_similarity


def test_it_equals_the_formula_in_float64():
    x, reconstruction = torch.randn(40, 5), torch.randn(40, 5)
    cosines = []
    for row, other in zip(x.tolist(), reconstruction.tolist(), strict=True):
        product = sum(a * b for a, b in zip(row, other, strict=True))
        cosines.append(product / math.hypot(*row) / math.hypot(*other))
    found = float(cosine_similarity(x, reconstruction))
    assert found == pytest.approx(sum(cosines) / 40)


def test_lengths_do_not_matter():
    x = torch.randn(10, 3)
    assert float(cosine_similarity(x, 5 * x)) == pytest.approx(1)
    assert float(cosine_similarity(x, -0.1 * x)) == pytest.approx(-1)


def test_a_row_of_zeros_counts_as_zero():
    x = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    assert cosine_similarity(x, x) == 0.5


def test_no_residue_gives_nan():
    assert math.isnan(cosine_similarity(torch.ones(0, 2), torch.ones(0, 2)))
