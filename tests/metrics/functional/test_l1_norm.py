import math

import pytest
import torch

from interplm.metrics.functional import l1_norm


def test_it_equals_the_formula_in_float64():
    features = torch.randn(30, 6)
    expected = sum(abs(value) for row in features.tolist() for value in row) / 30
    assert float(l1_norm(features)) == pytest.approx(expected)


def test_no_residue_gives_nan():
    assert math.isnan(l1_norm(torch.ones(0, 2)))
