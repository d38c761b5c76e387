"""Cross-entropy and KL divergence of a PLM's predictions, as sums that add over batches."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

N_SUMS = 5


@dataclass(frozen=True, slots=True)
class Losses:
    """What a PLM predicts of a list of sequences, in nats.

    Attributes:
        cross_entropy: mean over all scored residues.
        cross_entropy_per_sequence: mean over sequences of each one's mean, so that short sequences
            weigh as much as long ones; the original toolkit's average.
        kl: mean over scored residues of KL(original ‖ this), over all tokens.
    """

    cross_entropy: float
    cross_entropy_per_sequence: float
    kl: float

    @classmethod
    def from_sums(cls, sums: Tensor) -> Self:
        """From what `loss_sums` gave, added over batches and ranks; NaN for no residue."""
        nll, n_residues, sequence_means, n_sequences, kl = sums
        return cls(
            cross_entropy=float(nll / n_residues),
            cross_entropy_per_sequence=float(sequence_means / n_sequences),
            kl=float(kl / n_residues),
        )


def loss_sums(
    log_probs: Tensor, original: Tensor, targets: Tensor, sequence_of: Tensor, n_sequences: int
) -> Tensor:
    """Sums of one batch.

    Args:
        log_probs: of every token at the scored residues, [n_scored, n_tokens].
        original: the same of the model as it is.
        targets: the true tokens, int64 [n_scored].
        sequence_of: which sequence each residue belongs to, int64 [n_scored].
        n_sequences: in the batch, each with at least one scored residue.

    Returns:
        float64 [5]: Σ loss, n_scored, Σ over sequences of the mean loss, n_sequences, Σ KL.
    """
    losses = -log_probs.double().gather(1, targets[:, None])[:, 0]
    kl = (original.exp() * (original - log_probs)).sum(dtype=torch.float64)
    of_sequences = losses.new_zeros(n_sequences).index_add(0, sequence_of, losses)
    means = of_sequences / sequence_of.bincount(minlength=n_sequences)
    counts = losses.new_tensor([len(losses), n_sequences])
    return torch.stack([losses.sum(), counts[0], means.sum(), counts[1], kl])
