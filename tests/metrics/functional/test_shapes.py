import pytest
import torch

from interplm.metrics.functional import (
    cosine_similarity,
    explained_variance,
    mean_squared_error,
    relative_reconstruction_bias,
)


@pytest.mark.parametrize(
    "metric",
    [cosine_similarity, explained_variance, mean_squared_error, relative_reconstruction_bias],
)
def test_shapes_that_would_broadcast_are_refused(metric):
    with pytest.raises(ValueError, match=r"x is \(3, 2\), reconstruction \(1, 2\)"):
        metric(torch.ones(3, 2), torch.ones(1, 2))
