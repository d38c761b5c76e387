"""Which features have not fired for a while, counted in residues over all ranks."""

import torch
import torch.distributed
from torch import Tensor, nn

from interplm.metrics.functional import firing_counts


class FeatureActivity(nn.Module):
    """Residues seen since each feature last fired.

    Counting residues and not steps makes the limit independent of batch size and of the number of
    ranks. The counts are buffers, so a checkpoint carries them.

    Args:
        d_sae: number of features.
        dead_after_residues: a feature is dead when it has not fired on that many residues.
    """

    residues_since_fired: Tensor

    def __init__(self, *, d_sae: int, dead_after_residues: int) -> None:
        super().__init__()
        if dead_after_residues < 1:
            raise ValueError(
                f"model.dead_after_residues must be at least 1, got {dead_after_residues}."
            )
        self.dead_after_residues = dead_after_residues
        self.register_buffer("residues_since_fired", torch.zeros(d_sae, dtype=torch.int64))

    def dead(self) -> Tensor | None:
        """Bool [d_sae], or None where every feature is alive."""
        dead = self.residues_since_fired >= self.dead_after_residues
        return dead if bool(dead.any()) else None

    @torch.no_grad()
    def update(self, features: Tensor) -> Tensor:
        """Count a training batch of every rank.

        Args:
            features: [n_residues, d_sae] of this rank.

        Returns:
            On how many of this rank's residues each feature fired, int64 [d_sae].
        """
        counts = firing_counts(features)
        fired = counts > 0
        n_residues = torch.tensor(len(features), device=features.device)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.all_reduce(n_residues)
            everywhere = fired.to(torch.uint8)
            torch.distributed.all_reduce(everywhere, torch.distributed.ReduceOp.MAX)
            fired = everywhere.bool()
        self.residues_since_fired += n_residues
        self.residues_since_fired[fired] = 0
        return counts
