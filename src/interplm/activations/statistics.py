"""Mean and spread of activations."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationStatistics:
    """Moments of every dimension, float64.

    Attributes:
        n_residues: that they were taken over.
        mean: [d_model].
        variance: [d_model].
        is_exact: taken over all residues of the source, and not estimated from a sample.
    """

    n_residues: int
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    is_exact: bool

    @classmethod
    def of_sums(
        cls,
        n_residues: int,
        total: NDArray[np.float64],
        total_of_squares: NDArray[np.float64],
        *,
        is_exact: bool,
    ) -> Self:
        """From Σx and Σx² over residues, both [d_model]."""
        mean = total / n_residues
        variance = np.maximum(total_of_squares / n_residues - mean**2, 0.0)
        return cls(n_residues=n_residues, mean=mean, variance=variance, is_exact=is_exact)

    def columns(self, chosen: slice) -> Self:
        """Of some dimensions."""
        return replace(self, mean=self.mean[chosen], variance=self.variance[chosen])

    @property
    def gamma(self) -> float:
        """γ = ‖μ‖ / ‖σ‖: how far the cloud lies from the origin in units of its width.

        A high γ (above about 1) predicts features that are dead from the start unless the input
        is centred (arXiv:2605.31518).
        """
        width = float(np.sqrt(self.variance.sum()))
        return float(np.linalg.norm(self.mean)) / width if width > 0 else float("inf")

    def __str__(self) -> str:
        origin = "residues" if self.is_exact else "residues, a sample"
        return f"{self.n_residues:,} {origin}"
