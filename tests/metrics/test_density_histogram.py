import pytest

from interplm.metrics import DensityHistogram


@pytest.mark.parametrize("edges", [[0.0], [0.0, 0.0], [-1.0, -2.0]])
def test_edges_that_do_not_ascend_are_refused(edges):
    with pytest.raises(ValueError, match="log10_edges must be ascending and at least two"):
        DensityHistogram(d_sae=4, log10_edges=edges)
