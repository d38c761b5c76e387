import torch

from interplm.metrics import MeanSquaredError


def test_a_small_batch_weighs_by_its_residues():
    metric = MeanSquaredError()
    metric.update(torch.zeros(3, 2), torch.zeros(3, 2))
    metric.update(torch.zeros(1, 2), torch.full((1, 2), 2.0))
    assert metric.compute() == 1
