import torch

from interplm.metrics import CosineSimilarity


def test_a_small_batch_weighs_by_its_residues():
    metric = CosineSimilarity()
    metric.update(torch.ones(3, 2), torch.ones(3, 2))
    metric.update(torch.ones(1, 2), -torch.ones(1, 2))
    torch.testing.assert_close(metric.compute(), torch.tensor(0.5).double())
