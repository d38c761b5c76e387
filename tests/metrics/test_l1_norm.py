import torch

from interplm.metrics import L1Norm


def test_a_small_batch_weighs_by_its_residues():
    metric = L1Norm()
    metric.update(torch.ones(3, 4))
    metric.update(torch.zeros(1, 4))
    assert metric.compute() == 3
