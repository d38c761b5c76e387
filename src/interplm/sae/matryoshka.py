"""Matryoshka sparse autoencoder: dictionaries nested in one another."""

import math
from collections.abc import Sequence

from torch import Tensor

from interplm.sae.batchtopk import BatchTopKSAE
from interplm.sae.losses import fraction_unexplained
from interplm.sae.output import SAELoss, SAEOutput
from interplm.sae.selection import Kernel


class MatryoshkaSAE(BatchTopKSAE):
    """A BatchTopK SAE whose first features must reconstruct alone, and then with the next ones.

    x̂_g = b_dec + Σ_{i < m_1 + … + m_g} f_i W_dec,i for nested groups of sizes m, and
    loss = mean_g Σ‖t(x) - x̂_g‖² / Σ‖t(x) - mean‖² (Bussmann et al. 2025, arXiv:2503.17547).
    General features settle in the first groups instead of being split up and absorbed.
    """

    architecture = "matryoshka"

    def __init__(
        self,
        *,
        d_in: int,
        d_sae: int,
        k: int,
        threshold_decay: float,
        group_fractions: Sequence[float],
        kernel: Kernel,
    ) -> None:
        super().__init__(
            d_in=d_in, d_sae=d_sae, k=k, threshold_decay=threshold_decay, kernel=kernel
        )
        self.group_fractions = [float(fraction) for fraction in group_fractions]
        self.group_ends = _group_ends(self.group_fractions, d_sae)

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        """Mean unexplained fraction of the nested reconstructions.

        Each adds its own group to the one before; the last is the reconstruction of `output`.
        """
        target = self.target(x)
        error, start = target - self.b_dec, 0
        total = fraction_unexplained(self.error(x, output), target)
        for end in self.group_ends[:-1]:
            error = error - self._contribution(output, start, end)
            total = total + fraction_unexplained(error, target)
            start = end
        total = total / len(self.group_ends)
        return SAELoss(total, {"fraction_unexplained": total.detach()})

    def _contribution(self, output: SAEOutput, start: int, end: int) -> Tensor:
        """What features start..end-1 add to the reconstruction, [n_residues, d_in]."""
        code, W_dec = output.code, self.W_dec[start:end]
        if isinstance(code, Tensor):
            return code[:, start:end] @ W_dec
        return code.between(start, end).matmul(W_dec)


def _group_ends(fractions: list[float], d_sae: int) -> list[int]:
    """Where each nested dictionary ends, rounded up, the last at d_sae."""
    if not fractions or min(fractions) <= 0 or not math.isclose(sum(fractions), 1, abs_tol=1e-3):
        raise ValueError(
            f"sae.group_fractions must be positive numbers that add up to 1, got {fractions}."
        )
    # Rounding hides that 0.1 + 0.2 is a little more than 0.3.
    ends = [math.ceil(round(d_sae * sum(fractions[:n]), 6)) for n in range(1, len(fractions))] + [
        d_sae
    ]
    if any(end <= start for start, end in zip([0, *ends], ends, strict=False)):
        raise ValueError(
            f"sae.group_fractions {fractions} leave a group without features at d_sae={d_sae}: "
            "give fewer groups, or a larger sae.d_sae."
        )
    return ends
