"""False discovery rates."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control


def q_values(p_values: NDArray[np.float64], *, n_tests: int | None = None) -> NDArray[np.float64]:
    """Smallest false discovery rate at which each test would be taken (Benjamini & Hochberg 1995).

    Args:
        p_values: of some tests.
        n_tests: of all tests, those that are not given having a p-value of 1; None for those given.
    """
    if not len(p_values):
        return np.zeros(0)
    # Scaling by n_tests / len is the same as appending ones: both make p n_tests / rank of p, and
    # whatever the clipping touches has a q-value of 1 either way.
    scale = 1.0 if n_tests is None else n_tests / len(p_values)
    adjusted: NDArray[np.float64] = false_discovery_control(np.minimum(p_values * scale, 1.0))
    return adjusted
