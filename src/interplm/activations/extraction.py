"""From proteins to shards of activations."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch

from interplm.activations.fingerprint import Fingerprint
from interplm.activations.readable import UnknownResidues
from interplm.activations.shard_writer import new_shard
from interplm.errors import UserError
from interplm.plms import ResidueEncoder
from interplm.plms.batching import residue_batches
from interplm.plms.windows import Window, windows, windows_of_known
from interplm.proteins import ProteinRecord

LongProteins = Literal["refuse", "window"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProteinRows:
    """Activations of one stretch of one protein.

    Attributes:
        protein: its number among those that were asked for.
        start: first residue.
        n_residues: of the stretch.
        states: by layer, float32 [n_residues, d_model], on the PLM's device.
    """

    protein: int
    start: int
    n_residues: int
    states: dict[int, torch.Tensor]


class ActivationExtractor:
    """Runs a PLM over proteins and writes the activations of several layers in one pass.

    Args:
        plm: on the device that is to compute.
        layers: which layers to store.
        residues_per_batch: most residues, padding included, in a forward pass.
        long_proteins: what to do with a protein longer than the model's context: "refuse" it, or
            read it in overlapping windows ("window").
        window_overlap: fewest residues that neighbouring windows share.
        unknown_residues: what to do with a letter that the model has no token for: with "window"
            the stretches on either side are read by themselves, and the letter's row is that of
            the nearest residue; else such a protein is refused.
        autocast: dtype of the matrix products, or None for that of the weights.
    """

    def __init__(
        self,
        *,
        plm: ResidueEncoder,
        layers: Sequence[int],
        residues_per_batch: int,
        long_proteins: LongProteins,
        window_overlap: int,
        unknown_residues: UnknownResidues,
        autocast: torch.dtype | None,
    ) -> None:
        plm.check_layers(layers)
        if long_proteins not in ("refuse", "window"):
            raise UserError(
                f"embedding.long_proteins must be refuse or window, got {long_proteins!r}."
            )
        self._plm = plm
        self._layers = list(layers)
        self._residues_per_batch = residues_per_batch
        self._long_proteins = long_proteins
        self._window_overlap = window_overlap
        self._unknown_residues = unknown_residues
        self._autocast = autocast

    def check_length(self, n_residues: int, which: str = "The longest protein") -> None:
        """Raise UserError if a protein of that length cannot be read as configured."""
        longest = self._plm.max_residues
        if n_residues > longest and self._long_proteins == "refuse":
            raise UserError(
                f"{which} has {n_residues} residues but {self._plm.name} reads {longest}: set "
                f"proteins.selection.max_residues={longest} to leave such proteins out, or "
                "embedding.long_proteins=window to read them in windows."
            )

    def write_shard(
        self,
        records: Sequence[ProteinRecord],
        paths: dict[int, Path],
        *,
        fingerprint: Fingerprint,
        shard_index: int,
        n_shards: int,
        on_progress: Callable[[int], object],
    ) -> None:
        """Embed the proteins and write one shard a layer; none appears before it is whole.

        Args:
            records: the proteins of the shard.
            paths: the file of each layer; only these layers are computed.
            fingerprint: of the activations; its layer is replaced by that of the file.
            shard_index: 0-based.
            n_shards: of the dataset.
            on_progress: called with the number of residues of each finished batch.
        """
        with ExitStack() as files:
            writers = {
                layer: files.enter_context(
                    new_shard(
                        path,
                        fingerprint=replace(fingerprint, layer=layer),
                        accessions=[record.accession for record in records],
                        lengths=[len(record.sequence) for record in records],
                        shard_index=shard_index,
                        n_shards=n_shards,
                    )
                )
                for layer, path in paths.items()
            }
            for rows in self.read(records, list(writers)):
                for layer, states in rows.states.items():
                    writers[layer].write(rows.protein, rows.start, states.cpu().numpy())
                on_progress(rows.n_residues)

    @torch.inference_mode()
    def read(
        self, records: Sequence[ProteinRecord], layers: Sequence[int]
    ) -> Iterator[ProteinRows]:
        """The activations of proteins, longest first; every residue of each comes once.

        Args:
            records: proteins.
            layers: any of 0..n_layers.
        """
        pieces = [
            (protein, window)
            for protein, record in enumerate(records)
            for window in self._windows(record)
        ]
        lengths = [window.stop - window.start for _, window in pieces]
        device = self._plm.device.type
        for batch in residue_batches(lengths, max_residues=self._residues_per_batch):
            parts = [pieces[index] for index in batch]
            sequences = [records[protein].sequence[w.start : w.stop] for protein, w in parts]
            with torch.autocast(device, self._autocast, enabled=self._autocast is not None):
                states = self._plm.activations(sequences, list(layers))
            for place, (protein, window) in enumerate(parts):
                kept = _kept_rows(window)
                yield ProteinRows(
                    protein=protein,
                    start=window.keep_start,
                    n_residues=len(kept),
                    states={
                        layer: rows[place][kept.to(rows[place].device)].float()
                        for layer, rows in states.items()
                    },
                )

    def whole(
        self, records: Sequence[ProteinRecord], layer: int
    ) -> Iterator[tuple[int, torch.Tensor]]:
        """Each protein's number and all its rows [n_residues, d_model], as soon as it is read."""
        parts: dict[int, list[ProteinRows]] = {}
        for rows in self.read(records, [layer]):
            of_protein = parts.setdefault(rows.protein, [])
            of_protein.append(rows)
            n_residues = len(records[rows.protein].sequence)
            if sum(part.n_residues for part in of_protein) == n_residues:
                ordered = sorted(parts.pop(rows.protein), key=lambda part: part.start)
                yield rows.protein, torch.cat([part.states[layer] for part in ordered])

    def _windows(self, record: ProteinRecord) -> list[Window]:
        self.check_length(len(record.sequence), f"{record.accession} (line {record.line})")
        longest, overlap = self._plm.max_residues, self._window_overlap
        if self._unknown_residues == "window":
            return windows_of_known(
                record.sequence, self._plm.alphabet, max_residues=longest, overlap=overlap
            )
        return windows(len(record.sequence), max_residues=longest, overlap=overlap)


def _kept_rows(window: Window) -> torch.Tensor:
    """Which rows of what was read are kept; beyond its ends the first or last stands."""
    kept = torch.arange(window.keep_start, window.keep_stop)
    return kept.clamp(window.start, window.stop - 1) - window.start
