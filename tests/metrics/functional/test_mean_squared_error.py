import math

import pytest
import torch

from interplm.metrics.functional import mean_squared_error


def test_it_equals_the_formula_in_float64():
    x, reconstruction = torch.randn(50, 7), torch.randn(50, 7)
    expected = 0.0
    for row, other in zip(x.tolist(), reconstruction.tolist(), strict=True):
        expected += sum((a - b) ** 2 for a, b in zip(row, other, strict=True))
    assert float(mean_squared_error(x, reconstruction)) == pytest.approx(expected / 350)


def test_no_residue_gives_nan():
    assert math.isnan(mean_squared_error(torch.ones(0, 2), torch.ones(0, 2)))
