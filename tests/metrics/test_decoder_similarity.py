import torch

from interplm.metrics import DecoderSimilarity
from interplm.metrics.functional import nearest_rows


def test_mean_and_maximum_are_over_the_rows():
    W_dec = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    nearest, _ = nearest_rows(W_dec, n_others=1, block_rows=40)
    metric = DecoderSimilarity(block_rows=9)
    metric.update(W_dec)
    found = metric.compute()
    torch.testing.assert_close(found["mean_nearest_cosine"].float(), nearest.mean())
    torch.testing.assert_close(found["max_nearest_cosine"].float(), nearest.max())


def test_decoders_are_not_compared_with_one_another():
    metric = DecoderSimilarity(block_rows=9)
    metric.update(torch.eye(3))
    metric.update(torch.eye(3))
    assert metric.compute()["max_nearest_cosine"] == 0
