"""Values of a few features on every residue of some proteins, feature by feature."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.features.blocks import FeatureBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureColumns:
    """Features, of which only the residues on which they fired are kept: 8 to 12 bytes for each.

    Attributes:
        proteins: numbers in the table, in the order of the rows, int64 [n_proteins].
        offsets: protein i owns rows offsets[i]:offsets[i + 1], int64 [n_proteins + 1].
        features: which are held, ascending, int64 [n_columns].
        indptr: column j owns entries indptr[j]:indptr[j + 1], int64 [n_columns + 1].
        row: of each entry, ascending within a column, int64 [n_entries].
        value: of each entry, above zero, float32 [n_entries].
    """

    proteins: NDArray[np.int64]
    offsets: NDArray[np.int64]
    features: NDArray[np.int64]
    indptr: NDArray[np.int64]
    row: NDArray[np.int64]
    value: NDArray[np.float32]

    @property
    def n_rows(self) -> int:
        """Residues, silent ones included."""
        return int(self.offsets[-1])

    def column(self, feature: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows and values on which a held feature fired."""
        index = int(np.searchsorted(self.features, feature))
        entries = slice(self.indptr[index], self.indptr[index + 1])
        return self.row[entries], self.value[entries]

    def protein_of(self, row: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which protein, by place in `proteins`, owns each row."""
        return np.searchsorted(self.offsets, row, side="right") - 1


class ColumnCollector:
    """Picks the entries of some features out of blocks.

    Args:
        features: numbers of them, without repetition.
        d_sae: number of features of the dictionary.
    """

    def __init__(self, features: Sequence[int], *, d_sae: int) -> None:
        self._features = np.sort(np.asarray(features, dtype=np.int64))
        self._column = np.full(d_sae, -1, np.int64)
        self._column[self._features] = np.arange(len(self._features))
        self._blocks: list[tuple[NDArray, NDArray, NDArray]] = []
        self._proteins: list[NDArray[np.int64]] = []
        self._lengths: list[NDArray[np.int64]] = []
        self._n_rows = 0

    def add(self, block: FeatureBlock) -> None:
        """Keep what the block holds of the features."""
        column = self._column[block.feature]
        entries = np.flatnonzero(column >= 0)
        row = np.searchsorted(block.indptr, entries, side="right") - 1
        self._blocks.append((column[entries], row + self._n_rows, block.value[entries]))
        self._proteins.append(block.proteins)
        self._lengths.append(np.diff(block.offsets))
        self._n_rows += block.n_residues

    def columns(self) -> FeatureColumns:
        """Of all blocks so far."""
        empty = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
        parts = zip(*(self._blocks or [empty]), strict=True)
        column, row, value = (np.concatenate(part) for part in parts)
        order = np.argsort(column, kind="stable")
        lengths = np.concatenate([np.zeros(1, np.int64), *self._lengths])
        return FeatureColumns(
            proteins=np.concatenate([np.zeros(0, np.int64), *self._proteins]),
            offsets=np.cumsum(lengths),
            features=self._features,
            indptr=np.searchsorted(column[order], np.arange(len(self._features) + 1)),
            row=row[order],
            value=value[order],
        )
