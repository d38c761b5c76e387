import pytest
import torch

from interplm.metrics import ExplainedVariance
from interplm.metrics.functional import explained_variance

X = torch.randn(101, 5) + 2
RECONSTRUCTION = X + torch.randn(101, 5)


@pytest.mark.parametrize("batch_size", [1, 7, 50, 101])
def test_explained_variance_does_not_depend_on_the_batch_size(batch_size):
    metric = ExplainedVariance(d_in=5)
    for x, reconstruction in zip(
        X.split(batch_size), RECONSTRUCTION.split(batch_size), strict=True
    ):
        metric.update(x, reconstruction)
    torch.testing.assert_close(metric.compute(), explained_variance(X, RECONSTRUCTION))
