import pytest
import torch

from interplm.metrics.functional import loss_recovered


def recovered(reconstructed, original, ablated):
    numbers = torch.tensor([reconstructed, original, ablated], dtype=torch.float64)
    return float(loss_recovered(*numbers))


def test_it_is_the_published_ratio():
    assert recovered(2.1, 2.0, 3.0) == pytest.approx(0.9)


def test_the_original_gives_one_and_the_ablation_gives_zero():
    assert recovered(2.0, 2.0, 3.0) == 1
    assert recovered(3.0, 2.0, 3.0) == 0


def test_it_is_not_clipped():
    assert recovered(4.0, 2.0, 3.0) == -1
    assert recovered(1.5, 2.0, 3.0) == 1.5
