import torch

from interplm.metrics import RelativeReconstructionBias


def test_the_mean_is_that_of_all_batches_not_of_each():
    metric = RelativeReconstructionBias(d_in=1)
    for value in (1.0, 3.0):
        x = torch.full((2, 1), value)
        metric.update(x, 2 + 0.5 * (x - 2))
    assert metric.compute() == 0.5
