"""Values of a few features on every residue of some proteins, feature by feature."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.features.encoding.blocks import FeatureBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePiece:
    """Where some features fired on neighbouring rows, column by column: 8 bytes for each time.

    Attributes:
        first_row: of these rows.
        indptr: column j owns entries indptr[j]:indptr[j + 1], int64 [n_columns + 1].
        row: of each entry, from first_row on, ascending within a column, int32 [n_entries].
        value: of each entry, above zero, float32 [n_entries].
    """

    first_row: int
    indptr: NDArray[np.int64]
    row: NDArray[np.int32]
    value: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureTraces:
    """Features, of which only the residues on which they fired are kept.

    Attributes:
        proteins: numbers in the table, in the order of the rows, int64 [n_proteins].
        offsets: protein i owns rows offsets[i]:offsets[i + 1], int64 [n_proteins + 1].
        features: which are held, ascending, int64 [n_columns].
        pieces: in the order of their rows.
    """

    proteins: NDArray[np.int64]
    offsets: NDArray[np.int64]
    features: NDArray[np.int64]
    pieces: tuple[TracePiece, ...]

    @property
    def n_rows(self) -> int:
        """Residues, silent ones included."""
        return int(self.offsets[-1])

    def trace(self, feature: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows, ascending, and values on which a held feature fired."""
        index = int(np.searchsorted(self.features, feature))
        rows, values = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        for piece in self.pieces:
            entries = slice(piece.indptr[index], piece.indptr[index + 1])
            rows.append(piece.row[entries] + np.int64(piece.first_row))
            values.append(piece.value[entries])
        return np.concatenate(rows), np.concatenate(values)

    def protein_of(self, row: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which protein, by place in `proteins`, owns each row."""
        return np.searchsorted(self.offsets, row, side="right") - 1


class TraceCollector:
    """Picks the entries of some features out of blocks.

    Args:
        features: numbers of them, without repetition.
        d_sae: number of features of the representation.
    """

    def __init__(self, features: Sequence[int], *, d_sae: int) -> None:
        self._features = np.sort(np.asarray(features, dtype=np.int64))
        self._column = np.full(d_sae, -1, np.int32)
        self._column[self._features] = np.arange(len(self._features))
        self._pieces: list[TracePiece] = []
        self._proteins: list[NDArray[np.int64]] = []
        self._lengths: list[NDArray[np.int64]] = []
        self._n_rows = 0

    def add(self, block: FeatureBlock) -> None:
        """Keep what the block holds of the features."""
        column = self._column[block.feature]
        entries = np.flatnonzero(column >= 0)
        column = column[entries]
        order = np.argsort(column, kind="stable")
        entries = entries[order]
        self._pieces.append(
            TracePiece(
                first_row=self._n_rows,
                indptr=np.searchsorted(column[order], np.arange(len(self._features) + 1)),
                row=(np.searchsorted(block.indptr, entries, side="right") - 1).astype(np.int32),
                value=block.value[entries],
            )
        )
        self._proteins.append(block.proteins)
        self._lengths.append(np.diff(block.offsets))
        self._n_rows += block.n_residues

    def traces(self) -> FeatureTraces:
        """Of all blocks so far."""
        return FeatureTraces(
            proteins=np.concatenate([np.zeros(0, np.int64), *self._proteins]),
            offsets=np.cumsum(np.concatenate([np.zeros(1, np.int64), *self._lengths])),
            features=self._features,
            pieces=tuple(self._pieces),
        )
