import pytest
import torch

from interplm.metrics import FeatureDensity
from interplm.metrics.functional import l0

FEATURES = torch.randn(101, 8).relu() * (torch.arange(8) > 1)


@pytest.mark.parametrize("batch_size", [1, 7, 50, 101])
def test_density_does_not_depend_on_the_batch_size(batch_size):
    metric = FeatureDensity(d_sae=8)
    for features in FEATURES.split(batch_size):
        metric.update(features.count_nonzero(dim=0), len(features))
    found = metric.compute()
    torch.testing.assert_close(found["l0"], l0(FEATURES.count_nonzero(dim=0), torch.tensor(101)))
    assert found["dead_percent"] == 25.0
    assert found["dense_percent"] == 75.0


def test_a_reset_forgets():
    metric = FeatureDensity(d_sae=8)
    metric.update(torch.ones(8, dtype=torch.int64), 4)
    metric.reset()
    metric.update(torch.zeros(8, dtype=torch.int64), 3)
    assert metric.compute()["l0"] == 0
