"""From proteins to shards of activations."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from interplm.activations.fingerprint import Fingerprint
from interplm.activations.readable import UnknownResidues
from interplm.activations.shard_writer import new_shard
from interplm.errors import UserError
from interplm.plms import ResidueEncoder
from interplm.plms.batching import residue_batches
from interplm.plms.windows import Window, windows, windows_of_known
from interplm.proteins import ProteinRecord

LongProteins = Literal["refuse", "window"]


@dataclass(frozen=True, slots=True)
class EmbeddedPiece:
    """Neighbouring residues of a protein.

    Attributes:
        protein: its number among those that were given.
        first: 0-based number of the first residue.
        n_residues: of the piece.
        rows: for each layer [n_residues, d_model], on the device of the PLM.
    """

    protein: int
    first: int
    n_residues: int
    rows: dict[int, Tensor]


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
            for piece in self.embed(records, list(paths)):
                for layer, writer in writers.items():
                    rows = piece.rows[layer].float().cpu().numpy()
                    writer.write(piece.protein, piece.first, rows)
                on_progress(piece.n_residues)

    def embed(
        self, records: Sequence[ProteinRecord], layers: Sequence[int]
    ) -> Iterator[EmbeddedPiece]:
        """Every residue of every protein once, the proteins in no particular order.

        Args:
            records: proteins.
            layers: to read; the PLM runs once for all of them.

        Raises:
            UserError: for a protein that cannot be read as configured.
        """
        pieces = [
            (protein, window)
            for protein, record in enumerate(records)
            for window in self._windows(record)
        ]
        lengths = [window.stop - window.start for _, window in pieces]
        for batch in residue_batches(lengths, max_residues=self._residues_per_batch):
            yield from self._embed_batch(records, [pieces[index] for index in batch], layers)

    def whole(self, records: Sequence[ProteinRecord], layer: int) -> Iterator[tuple[int, Tensor]]:
        """Each protein's number and all its rows, float32 [n_residues, d_model], once read."""
        parts: dict[int, list[EmbeddedPiece]] = {}
        for piece in self.embed(records, [layer]):
            of_protein = parts.setdefault(piece.protein, [])
            of_protein.append(piece)
            n_residues = len(records[piece.protein].sequence)
            if sum(part.n_residues for part in of_protein) == n_residues:
                ordered = sorted(parts.pop(piece.protein), key=lambda part: part.first)
                yield piece.protein, torch.cat([part.rows[layer].float() for part in ordered])

    def _windows(self, record: ProteinRecord) -> list[Window]:
        self.check_length(len(record.sequence), f"{record.accession} (line {record.line})")
        longest, overlap = self._plm.max_residues, self._window_overlap
        if self._unknown_residues == "window":
            return windows_of_known(
                record.sequence, self._plm.alphabet, max_residues=longest, overlap=overlap
            )
        return windows(len(record.sequence), max_residues=longest, overlap=overlap)

    @torch.inference_mode()
    def _embed_batch(
        self,
        records: Sequence[ProteinRecord],
        batch: Sequence[tuple[int, Window]],
        layers: Sequence[int],
    ) -> list[EmbeddedPiece]:
        sequences = [records[protein].sequence[w.start : w.stop] for protein, w in batch]
        device = self._plm.device.type
        with torch.autocast(device, self._autocast, enabled=self._autocast is not None):
            states = self._plm.activations(sequences, layers)
        found: list[EmbeddedPiece] = []
        for index, (protein, window) in enumerate(batch):
            kept = _kept_rows(window).to(self._plm.device)
            rows = {layer: states[layer][index][kept] for layer in layers}
            found.append(EmbeddedPiece(protein, window.keep_start, len(kept), rows))
        return found


def _kept_rows(window: Window) -> torch.Tensor:
    """Which rows of what was read are kept; beyond its ends the first or last stands."""
    kept = torch.arange(window.keep_start, window.keep_stop)
    return kept.clamp(window.start, window.stop - 1) - window.start
