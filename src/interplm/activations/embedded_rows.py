"""Rows that a PLM computes for some proteins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from interplm.activations.extraction import ActivationExtractor, EmbeddedPiece
from interplm.activations.statistics import ActivationStatistics
from interplm.errors import UserError
from interplm.proteins import ProteinRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedRows:
    """Embeds proteins into memory.

    Attributes:
        extractor: the PLM and how it is run.
        layers: that are read; a row has them one behind the other.
        d_model: width of one layer.
        dtype: of the rows that are kept.
        device: of the PLM, where the rows stay.
        lock: of the PLM, held during a forward pass: a model keeps tables for the length that it
            read last, so two threads must not run it at once.
    """

    extractor: ActivationExtractor
    layers: Sequence[int]
    d_model: int
    dtype: torch.dtype
    device: torch.device
    lock: Lock

    @property
    def width(self) -> int:
        """Of a row."""
        return len(self.layers) * self.d_model

    def of(
        self,
        records: Sequence[ProteinRecord],
        places: Tensor | None = None,
        *,
        on_piece: Callable[[int], object] = lambda _: None,
    ) -> Tensor:
        """All residues, [n_residues, width].

        Args:
            records: proteins.
            places: where each residue goes, a permutation; None keeps their order.
            on_piece: called with the residues of each piece as it is embedded; may raise to
                break off.

        Raises:
            UserError: where a value is not finite in the dtype that is kept.
        """
        offsets = np.cumsum([0, *(len(record.sequence) for record in records)])
        rows = torch.empty(int(offsets[-1]), self.width, dtype=self.dtype, device=self.device)
        places = places if places is None else places.to(self.device)
        for piece in self._pieces(records):
            on_piece(piece.n_residues)
            start = int(offsets[piece.protein]) + piece.first
            stop = start + piece.n_residues
            found = self._row(piece).to(self.dtype)
            if places is None:
                rows[start:stop] = found
            else:
                rows.index_copy_(0, places[start:stop], found)
        if not torch.isfinite(rows).all():
            raise UserError(
                f"The PLM gives activations that are not finite in {self.dtype}: set "
                "embedding.dtype=float32, or look at its weights and embedding.autocast."
            )
        return rows

    def statistics(
        self,
        records: Sequence[ProteinRecord],
        *,
        is_exact: bool,
        on_piece: Callable[[int], object] = lambda _: None,
    ) -> ActivationStatistics:
        """Moments over proteins, summed in float64 before the rows are rounded.

        Args:
            records: proteins.
            is_exact: whether they are all.
            on_piece: see `of`.
        """
        total = np.zeros(self.width)
        total_of_squares = np.zeros(self.width)
        n_residues = 0
        for piece in self._pieces(records):
            found = self._row(piece).double().cpu().numpy()
            total += found.sum(axis=0)
            total_of_squares += np.square(found).sum(axis=0)
            n_residues += piece.n_residues
            on_piece(piece.n_residues)
        return ActivationStatistics.of_sums(n_residues, total, total_of_squares, is_exact=is_exact)

    def _row(self, piece: EmbeddedPiece) -> Tensor:
        rows = [piece.rows[layer] for layer in self.layers]
        return rows[0] if len(rows) == 1 else torch.cat(rows, dim=1)

    def _pieces(self, records: Sequence[ProteinRecord]) -> Iterator[EmbeddedPiece]:
        pieces = self.extractor.embed(records, self.layers)
        while True:
            # The next piece is what runs the PLM, if it is the first of a batch.
            with self.lock:
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece
