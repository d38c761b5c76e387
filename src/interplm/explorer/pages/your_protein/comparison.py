"""What changes between two sequences, residue by residue."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import gemmi
import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from interplm.explorer.pages.your_protein.variants import Column
from interplm.features.encoding.sequence import SequenceFeatures

# Fractions of a feature's maximum: below the first it is silent, from the second on it counts as
# firing (the lowest threshold of Simon & Zou 2024), and smaller changes than the third are noise.
_SILENT, _FIRING, _LEAST_CHANGE = 0.05, 0.15, 0.1

Kind = Literal["appears", "vanishes", "stronger", "weaker", "moves"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureChange:
    """How one feature differs between two sequences.

    Attributes:
        feature: its number.
        kind: by its maxima: appears, vanishes, stronger, weaker; or moves, where they are alike.
        maximum_before: over the first sequence.
        maximum_after: over the second.
        column: of the two sequences side by side, where it changes most.
        before: activation there in the first; 0 where it lacks the residue.
        after: activation there in the second.
        change: after less before.
    """

    feature: int
    kind: Kind
    maximum_before: float
    maximum_after: float
    column: int
    before: float
    after: float
    change: float


@dataclass(frozen=True)
class Comparison:
    """Two sequences side by side.

    Attributes:
        before: features of the first.
        after: features of the second.
        columns: residues that stand beside one another, in order.
    """

    before: SequenceFeatures
    after: SequenceFeatures
    columns: Sequence[Column]

    @cached_property
    def differences(self) -> csc_array:
        """After less before, [n_columns, d_sae]; what a sequence lacks counts as silent."""
        first = _rows(self.before.values, [before for before, _ in self.columns])
        second = _rows(self.after.values, [after for _, after in self.columns])
        return csc_array(second - first)

    def changes(self) -> list[FeatureChange]:
        """Features that differ somewhere, the largest change first."""
        top = self.differences.max(axis=0).toarray().ravel()
        low = self.differences.min(axis=0).toarray().ravel()
        size = np.maximum(top, -low)
        found = np.flatnonzero(size >= _LEAST_CHANGE)
        ordered = found[np.argsort(-size[found], kind="stable")]
        return [self._change(int(feature)) for feature in ordered]

    def name(self, column: int) -> str:
        """A column as people write it: R175, R175H, +G24 for an insertion, K23− for a deletion."""
        before, after = self.columns[column]
        if before is None:
            assert after is not None
            return f"+{self.after.sequence[after]}{after + 1}"
        old = f"{self.before.sequence[before]}{before + 1}"
        if after is None:
            return f"{old}−"
        new = self.after.sequence[after]
        return old if new == self.before.sequence[before] else old + new

    def changeable(self) -> list[str]:
        """For each residue of the second, the one of the first as people write it, or ""."""
        first = self.before.sequence
        return [
            "" if before is None else f"{first[before]}{before + 1}"
            for before, after in self.columns
            if after is not None
        ]

    def _change(self, feature: int) -> FeatureChange:
        values = self.differences[:, [feature]].toarray().ravel()
        column = int(np.abs(values).argmax())
        before, after = self.columns[column]
        tops = float(self.before.maxima[feature]), float(self.after.maxima[feature])
        return FeatureChange(
            feature=feature,
            kind=_kind(*tops),
            maximum_before=tops[0],
            maximum_after=tops[1],
            column=column,
            before=0.0 if before is None else float(self.before.of(feature)[before]),
            after=0.0 if after is None else float(self.after.of(feature)[after]),
            change=float(values[column]),
        )


def aligned_columns(first: str, second: str) -> list[Column]:
    """Residues of two sequences side by side, by global alignment with gemmi's scoring.

    Equally long ones stand as they are where an alignment finds no more alike.
    """
    beside: list[Column] = [(i, i) for i in range(len(first))]
    result = gemmi.align_string_sequences(list(first), list(second), [])
    columns: list[Column] = []
    before = after = 0
    for left, right in zip(result.add_gaps(first, 1), result.add_gaps(second, 2), strict=True):
        columns.append((None if left == "-" else before, None if right == "-" else after))
        before, after = before + (left != "-"), after + (right != "-")
    is_like = len(first) == len(second) and _n_alike(beside, first, second) >= _n_alike(
        columns, first, second
    )
    return beside if is_like else columns


def _n_alike(columns: Sequence[Column], first: str, second: str) -> int:
    return sum(i is not None and j is not None and first[i] == second[j] for i, j in columns)


def _rows(values: csc_array, places: Sequence[int | None]) -> csr_array:
    """Rows of a matrix; zeros for None."""
    rows = csr_array(values)
    padded = csr_array(vstack([rows, csr_array((1, rows.shape[1]), dtype=rows.dtype)]))
    return padded[[rows.shape[0] if place is None else place for place in places]]


def _kind(before: float, after: float) -> Kind:
    if before < _SILENT and after >= _FIRING:
        return "appears"
    if after < _SILENT and before >= _FIRING:
        return "vanishes"
    if abs(after - before) < _LEAST_CHANGE:
        return "moves"
    return "stronger" if after > before else "weaker"
