"""How well a PLM still predicts when a layer's output is replaced by an SAE's reconstruction."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed
from torch import Tensor
from tqdm import tqdm

from interplm.errors import UserError
from interplm.evaluation.cache import CachedBatch, cache_batch, cache_gib
from interplm.evaluation.losses import N_SUMS, Losses, loss_sums
from interplm.evaluation.settings import FidelitySettings
from interplm.metrics.functional import loss_recovered
from interplm.plms import MaskedLanguageModel
from interplm.plms.batching import residue_batches
from interplm.sae import SparseAutoencoder

log = logging.getLogger(__name__)

_SHOWN_AFTER_SECONDS = 3
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFidelity:
    """Losses on one kind of input.

    Attributes:
        sae: with the SAE's reconstructions.
        original: of the model as it is.
        zero: with zeros instead.
        mean: with the mean state of the residues instead.
    """

    sae: Losses
    original: Losses
    zero: Losses
    mean: Losses

    def figures(self) -> dict[str, float]:
        """By name: loss recovered against both ablations, KL in nats, cross-entropies in nats."""
        figures = {
            "loss_recovered": self._recovered(self.zero),
            "loss_recovered_vs_mean": self._recovered(self.mean),
            "loss_recovered_per_sequence": _recovered(
                self.sae.cross_entropy_per_sequence,
                self.original.cross_entropy_per_sequence,
                self.zero.cross_entropy_per_sequence,
            ),
            "kl": self.sae.kl,
        }
        for name in ("sae", "original", "zero", "mean"):
            figures[f"cross_entropy_{name}"] = getattr(self, name).cross_entropy
        return figures

    def _recovered(self, ablated: Losses) -> float:
        return _recovered(
            self.sae.cross_entropy, self.original.cross_entropy, ablated.cross_entropy
        )


def _recovered(reconstructed: float, original: float, ablated: float) -> float:
    numbers = torch.tensor([reconstructed, original, ablated], dtype=torch.float64)
    return float(loss_recovered(*numbers))


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Of one SAE.

    Attributes:
        plain: every residue is visible to the model, and all that name one amino acid are scored;
            as in the original toolkit.
        masked: some residues are masked, and only these are scored; as the model was trained.
    """

    plain: InputFidelity
    masked: InputFidelity

    def figures(self) -> dict[str, float]:
        """Those of plain input by their names, those of masked input with `_masked` behind."""
        masked = {f"{name}_masked": value for name, value in self.masked.figures().items()}
        return self.plain.figures() | masked


class FidelityBenchmark:
    """One PLM, layer and list of sequences, on which any number of SAEs can be measured.

    Made once are the hidden states at the layer, what the model predicts from them, and the losses
    with the states of all residues at zero and at their mean. `measure` then runs the SAE and the
    layers above it, nothing else. Only states of residues are ever replaced; those of begin, end
    and padding stay. The mean is that of these sequences' residues at the layer, of each kind of
    input its own.

    The cache lies where the PLM does. For each kind of input it takes n_positions · d_model numbers
    of `cache_dtype` and n_scored · n_tokens log-probabilities in float32.

    Under torch.distributed every rank gives its share of the sequences, possibly none, and all
    ranks construct and measure together; each gets the figures over all sequences.

    Args:
        plm: on the device where everything is computed.
        layer: whose output is replaced, 0..n_layers.
        sequences: none longer than the PLM's context, each with a predictable residue.
        settings: how.

    Raises:
        UserError: for a layer that the PLM lacks, a sequence too long, or a cache too large.
    """

    def __init__(
        self,
        *,
        plm: MaskedLanguageModel,
        layer: int,
        sequences: Sequence[str],
        settings: FidelitySettings,
    ) -> None:
        plm.check_layers([layer])
        lengths = [len(sequence) for sequence in sequences]
        if max(lengths, default=0) > plm.max_residues:
            raise UserError(
                f"A sequence for fidelity has {max(lengths)} residues but {plm.name} reads "
                f"{plm.max_residues}: leave it out."
            )
        batches = residue_batches(lengths, max_residues=settings.residues_per_batch)
        grouped = [[sequences[index] for index in batch] for batch in batches]
        gib = cache_gib(
            grouped, d_model=plm.d_model, n_special=plm.tokens.n_special, settings=settings
        )
        log.info(
            "Fidelity: %s sequences with %s residues, %.2f GiB of hidden states",
            f"{len(lengths):,}", f"{sum(lengths):,}", gib,
        )  # fmt: skip
        self._plain = _Input(plm, layer, grouped, masked=False, settings=settings)
        self._masked = _Input(plm, layer, grouped, masked=True, settings=settings)

    @torch.no_grad()
    def measure(self, sae: SparseAutoencoder) -> Fidelity:
        """Fidelity of an SAE of any architecture, in evaluation mode; it is left as it was.

        Args:
            sae: on the PLM's device, of its width.
        """
        was_training = sae.training
        sae.eval()
        try:
            return Fidelity(self._plain.measure(sae), self._masked.measure(sae))
        finally:
            sae.train(was_training)


class _Input:
    """The cached batches of one kind of input and the losses that no SAE changes."""

    @torch.no_grad()
    def __init__(
        self,
        plm: MaskedLanguageModel,
        layer: int,
        grouped: Sequence[Sequence[str]],
        *,
        masked: bool,
        settings: FidelitySettings,
    ) -> None:
        self._plm = plm
        self._layer = layer
        self._batches = [
            cache_batch(plm, layer, sequences, masked=masked, settings=settings)
            for sequences in _shown(grouped, "Fidelity: original")
        ]
        mean = self._mean_state()
        self._original = self._losses(lambda batch: batch.original, "Fidelity: original loss")
        self._zero = self._losses_with(torch.zeros_like(mean), "Fidelity: zero ablation")
        self._mean = self._losses_with(mean, "Fidelity: mean ablation")

    def measure(self, sae: SparseAutoencoder) -> InputFidelity:
        losses = self._losses(
            lambda batch: self._predicted(batch, sae(batch.residues()).reconstruction), "Fidelity"
        )
        return InputFidelity(sae=losses, original=self._original, zero=self._zero, mean=self._mean)

    def _mean_state(self) -> Tensor:
        """Mean state of the residues of all ranks, [d_model]."""
        d_model, device = self._plm.d_model, self._plm.device
        sums = torch.zeros(d_model + 1, dtype=torch.float64, device=device)
        for batch in self._batches:
            rows = batch.residues()
            sums[:-1] += rows.sum(dim=0, dtype=torch.float64)
            sums[-1] += len(rows)
        sums = _over_ranks(sums)
        return (sums[:-1] / sums[-1]).float()

    def _losses_with(self, state: Tensor, title: str) -> Losses:
        return self._losses(lambda batch: self._predicted(batch, state), title)

    def _predicted(self, batch: CachedBatch, rows: Tensor) -> Tensor:
        """Log-probabilities at the scored residues after replacing the states of all residues."""
        logits = self._plm.logits_at(batch.replaced(rows), batch.tokens, self._layer, batch.scored)
        return logits.float().log_softmax(-1)

    def _losses(self, predict: Callable[[CachedBatch], Tensor], title: str) -> Losses:
        sums = torch.zeros(N_SUMS, dtype=torch.float64, device=self._plm.device)
        for batch in _shown(self._batches, title):
            sums += loss_sums(
                predict(batch), batch.original, batch.targets, batch.sequence_of, len(batch.tokens)
            )
        return Losses.from_sums(_over_ranks(sums))


def _over_ranks(sums: Tensor) -> Tensor:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.all_reduce(sums)
    return sums


def _shown(items: Sequence[_Item], title: str) -> "tqdm[_Item]":
    """With a progress bar where it takes long."""
    return tqdm(items, desc=title, unit="batch", leave=False, delay=_SHOWN_AFTER_SECONDS)
