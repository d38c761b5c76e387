"""Which features have not fired for a while, counted in residues over all ranks."""

import torch
from torch import Tensor, nn

from interplm.training.ranks import summed_over_ranks


class FeatureActivity(nn.Module):
    """Residues seen since each feature last fired.

    Counting residues and not steps makes the limit independent of batch size and of the number of
    ranks. The counts are buffers, so a checkpoint carries them.

    Which features are dead is looked up by `look_` and kept until the next look: the list has a
    length that the host must know, and asking a GPU for it every step would stop it every step.

    Args:
        d_sae: number of features.
        dead_after_residues: a feature is dead when it has not fired on that many residues.

    Attributes:
        residues_seen: by all ranks since training began, int64 scalar.
    """

    residues_since_fired: Tensor
    residues_seen: Tensor
    was_dead: Tensor

    def __init__(self, *, d_sae: int, dead_after_residues: int) -> None:
        super().__init__()
        if dead_after_residues < 1:
            raise ValueError(
                f"model.dead_after_residues must be at least 1, got {dead_after_residues}."
            )
        self.dead_after_residues = dead_after_residues
        self.register_buffer("residues_since_fired", torch.zeros(d_sae, dtype=torch.int64))
        self.register_buffer("residues_seen", torch.zeros((), dtype=torch.int64))
        self.register_buffer("was_dead", torch.zeros(d_sae, dtype=torch.bool))
        self._dead: Tensor | None = None
        self.register_load_state_dict_post_hook(_forget_dead)

    def look_(self) -> None:
        """Find out which features are dead now; `dead` returns them until the next look."""
        self.was_dead.copy_(self.residues_since_fired >= self.dead_after_residues)
        self._forget()

    @property
    def dead(self) -> Tensor:
        """Features that were dead at the last look, int64 [n_dead]."""
        if self._dead is None or self._dead.device != self.was_dead.device:
            self._dead = self.was_dead.nonzero().squeeze(1)
        return self._dead

    def dead_percent(self) -> Tensor:
        """Share of the features that are dead now, not only at the last look; scalar."""
        return 100 * (self.residues_since_fired >= self.dead_after_residues).float().mean()

    @torch.no_grad()
    def update(self, counts: Tensor, n_residues: int) -> Tensor:
        """Count a training batch of every rank.

        Args:
            counts: on how many residues of this rank each feature fired, int64 [d_sae].
            n_residues: of this rank.

        Returns:
            Which features fired on any rank, bool [d_sae].
        """
        n = torch.full_like(counts[:1], n_residues)
        everywhere = summed_over_ranks(torch.cat([counts, n]))
        fired = everywhere[:-1] > 0
        self.residues_seen += everywhere[-1]
        self.residues_since_fired += everywhere[-1]
        self.residues_since_fired.masked_fill_(fired, 0)
        return fired

    def restart_(self, features: Tensor) -> None:
        """Begin to count anew for features [n] whose weights have been replaced."""
        self.residues_since_fired[features] = 0
        self.was_dead[features] = False
        self._forget()

    def _forget(self) -> None:
        self._dead = None


def _forget_dead(activity: FeatureActivity, _: object) -> None:
    """A function of the module, since a lambda cannot be sent to a spawned process."""
    activity._forget()
