"""What each feature does on each protein: the sparse activations, ordered by feature."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from interplm.features.encoding.blocks import FeatureBlock


@dataclass(frozen=True, kw_only=True, eq=False)
class ProteinRuns:
    """One run for every (feature, protein) in which the feature fires at all.

    Attributes:
        feature: int32 [n_runs].
        protein: number in the whole set, int32 [n_runs].
        offsets: run i owns entries offsets[i]:offsets[i + 1], int64 [n_runs + 1].
        positions: residues of the entries within their protein, ascending, int32 [n_entries].
        activations: fractions of the feature's maximum, above 0, float32 [n_entries].
    """

    feature: NDArray[np.int32]
    protein: NDArray[np.int32]
    offsets: NDArray[np.int64]
    positions: NDArray[np.int32]
    activations: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.feature)

    @property
    def n_entries(self) -> int:
        """Of all runs."""
        return len(self.positions)

    @cached_property
    def maximum(self) -> NDArray[np.float32]:
        """Largest activation of each run, float32 [n_runs]."""
        if not len(self):
            return np.zeros(0, np.float32)
        return np.maximum.reduceat(self.activations, self.offsets[:-1])

    def peaks(self) -> NDArray[np.int32]:
        """Position of each run's maximum, the first where there are several, int32 [n_runs]."""
        at_maximum = self.activations == np.repeat(self.maximum, np.diff(self.offsets))
        places = np.flatnonzero(at_maximum)
        return self.positions[places[np.searchsorted(places, self.offsets[:-1])]]

    def take(self, runs: NDArray[np.integer] | NDArray[np.bool_]) -> "ProteinRuns":
        """Some runs, by number in any order or by a mask."""
        if runs.dtype == np.bool_:
            runs = np.flatnonzero(runs)
        lengths = np.diff(self.offsets)[runs]
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        entries = np.arange(offsets[-1]) + np.repeat(self.offsets[runs] - offsets[:-1], lengths)
        return ProteinRuns(
            feature=self.feature[runs],
            protein=self.protein[runs],
            offsets=offsets,
            positions=self.positions[entries],
            activations=self.activations[entries],
        )

    @classmethod
    def concatenated(cls, parts: Sequence["ProteinRuns"]) -> Self:
        """The runs of all parts, one after the other; at least one part."""
        lengths = np.concatenate([np.diff(part.offsets) for part in parts])
        return cls(
            feature=np.concatenate([part.feature for part in parts]),
            protein=np.concatenate([part.protein for part in parts]),
            offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            positions=np.concatenate([part.positions for part in parts]),
            activations=np.concatenate([part.activations for part in parts]),
        )


def runs_of(block: FeatureBlock, *, d_sae: int) -> ProteinRuns:
    """The runs of a block of normalised features, ordered by feature, then by protein."""
    by_row = sparse.csr_array(
        (block.value, block.feature, block.indptr), shape=(block.n_residues, d_sae)
    )
    # Column by column the rows ascend, so each run is one stretch.
    by_feature = by_row.tocsc()
    n_proteins = len(block.proteins)
    feature = np.repeat(np.arange(d_sae), np.diff(by_feature.indptr))
    index = np.repeat(np.arange(n_proteins), np.diff(block.offsets))[by_feature.indices]
    key = feature * np.int64(n_proteins) + index
    starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))[: len(key)])
    return ProteinRuns(
        feature=feature[starts].astype(np.int32),
        protein=block.proteins[index[starts]].astype(np.int32),
        offsets=np.concatenate((starts, [len(key)])).astype(np.int64),
        positions=(by_feature.indices - block.offsets[index]).astype(np.int32),
        activations=by_feature.data,
    )


def ranks_within(groups: NDArray[np.integer], *keys: NDArray[np.number]) -> NDArray[np.int64]:
    """Place 0, 1, … of each element within its group, by the keys, ascending, the first foremost.

    Args:
        groups: [n].
        keys: each [n]; elements equal in all of them keep their order.
    """
    order = np.lexsort((*reversed(keys), groups))
    ordered = groups[order]
    firsts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)])
    sizes = np.diff(np.concatenate((firsts, [len(ordered)])))
    ranks = np.empty(len(ordered), np.int64)
    ranks[order] = np.arange(len(ordered)) - np.repeat(firsts, sizes)
    return ranks
