"""What a PLM computes below a layer and predicts from it, kept for a batch of sequences."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from interplm.errors import UserError
from interplm.evaluation.masking import masked_positions, predictable
from interplm.evaluation.settings import FidelitySettings
from interplm.plms import MaskedLanguageModel


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedBatch:
    """A padded batch at one layer.

    Attributes:
        tokens: what the model read, int64 [n_sequences, n_positions].
        hidden: its states at the layer, [n_sequences, n_positions, d_model].
        is_residue: bool [n_sequences, n_positions].
        scored: bool [n_sequences, n_positions], residues whose prediction counts; some of every
            sequence.
        targets: their true tokens, int64 [n_scored].
        original: log-probabilities that the unchanged model gives them, [n_scored, n_tokens].
    """

    tokens: Tensor
    hidden: Tensor
    is_residue: Tensor
    scored: Tensor
    targets: Tensor
    original: Tensor

    @property
    def sequence_of(self) -> Tensor:
        """Which sequence each scored residue belongs to, int64 [n_scored]."""
        return self.scored.nonzero()[:, 0]

    def residues(self) -> Tensor:
        """States of the residues, float32 [n_residues, d_model]."""
        return self.hidden[self.is_residue].float()

    def replaced(self, rows: Tensor) -> Tensor:
        """The states with those of the residues replaced, float32.

        Args:
            rows: [n_residues, d_model], or [d_model] for all of them.
        """
        hidden = self.hidden.to(torch.float32, copy=True)
        hidden[self.is_residue] = rows
        return hidden


def cache_batch(
    plm: MaskedLanguageModel,
    layer: int,
    sequences: Sequence[str],
    *,
    masked: bool,
    settings: FidelitySettings,
) -> CachedBatch:
    """Run the whole model once.

    Args:
        plm: on the device where the cache will lie.
        layer: whose states are kept.
        sequences: of one batch.
        masked: whether some residues are masked, and only these scored; else the input is plain
            and all predictable residues are scored.
        settings: what is masked, and the dtype of the kept states.
    """
    plain = plm.tokens.tokenize(sequences)
    is_residue = plm.tokens.residue_mask(plain)
    scored = _scored(sequences, is_residue, settings if masked else None)
    tokens = plm.mask(plain, scored) if masked else plain
    tokens, scored = tokens.to(plm.device), scored.to(plm.device)
    hidden = plm.hidden_states(tokens, [layer])[layer]
    return CachedBatch(
        tokens=tokens,
        hidden=hidden.to(settings.dtype),
        is_residue=is_residue.to(plm.device),
        scored=scored,
        targets=plain.to(plm.device)[scored],
        original=plm.logits_at(hidden, tokens, layer, scored).float().log_softmax(-1),
    )


def _scored(
    sequences: Sequence[str], is_residue: Tensor, masking: FidelitySettings | None
) -> Tensor:
    """Of each sequence the residues to be masked, or without masking all predictable ones."""
    chosen = torch.zeros_like(is_residue)
    for row, residues, sequence in zip(chosen, is_residue, sequences, strict=True):
        if masking is None:
            positions = predictable(sequence)
        else:
            positions = masked_positions(
                sequence, fraction=masking.masked_fraction, seed=masking.seed
            )
        row[residues.nonzero()[:, 0][positions]] = True
    return chosen


def cache_gib(
    batches: Sequence[Sequence[str]], *, d_model: int, n_special: int, settings: FidelitySettings
) -> float:
    """GiB that the hidden states of plain and of masked input will take together.

    Args:
        batches: sequences of each.
        d_model: width of a state.
        n_special: tokens of a sequence besides its residues'.
        settings: dtype of the kept states, and the most memory for them.

    Raises:
        UserError: if that is more than the settings allow.
    """
    n_positions = sum(len(batch) * (max(map(len, batch)) + n_special) for batch in batches)
    gib = 2 * n_positions * d_model * settings.dtype.itemsize / 2**30
    if gib > settings.max_cache_gib:
        raise UserError(
            f"Fidelity on these sequences needs {gib:.1f} GiB for hidden states, more than "
            f"fidelity.max_cache_gib={settings.max_cache_gib}: raise it, lower "
            "fidelity.n_sequences, or halve the need with fidelity.cache_dtype=float16."
        )
    return gib
