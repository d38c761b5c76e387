"""All concepts, features and thresholds counted in one pass over sparse features.

An entry (residue, feature, value) is turned into one code, the highest threshold below the value
times d_sae + feature, and only codes are counted; a cumulative sum over thresholds at the end gives
what lies above each of them. The cost is linear in the entries on residues with a concept.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.table import ConceptTable
from interplm.errors import UserError
from interplm.features.encoding.blocks import FeatureBlock
from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.instances import InstanceRows, place_instances, ranges

Integer = TypeVar("Integer", bound=np.integer)
# Instances that share the scratch memory, which holds one number for each of them and feature:
# 256 x 10,240 numbers stay within the processor's cache.
_GROUP_INSTANCES = 256
_GROUP_ENTRIES = 4_000_000
_LARGEST_RANK = _LARGEST_COUNT = np.iinfo(np.int32).max


class ConceptCounter:
    """Adds up blocks of normalised features.

    Args:
        table: instances of the concepts.
        d_sae: number of features.
        thresholds: ascending fractions of each feature's maximum.

    Raises:
        ValueError: for thresholds that are negative or do not ascend.
    """

    def __init__(self, *, table: ConceptTable, d_sae: int, thresholds: Sequence[float]) -> None:
        # Features are float32, and so is what they are compared with: a value equal to the
        # float32 nearest to 0.15 is not above 0.15.
        self._thresholds = np.asarray(thresholds, dtype=np.float32)
        if not len(thresholds) or thresholds[0] < 0 or (np.diff(self._thresholds) <= 0).any():
            raise ValueError(f"thresholds must ascend from 0 or more, got {list(thresholds)}")
        self._table = table
        self._given = tuple(float(threshold) for threshold in thresholds)
        self._d_sae = d_sae
        n_concepts, n_codes = len(table.concepts), d_sae * len(thresholds)
        # Two arrays of all concepts, thresholds and features hold most of the memory. Four bytes
        # are enough for the residues of a split, which `add` makes sure of.
        self._tp = np.zeros((n_concepts, n_codes), np.int32)
        self._hits = np.zeros((n_concepts, n_codes), np.int32)
        self._firing = np.zeros(n_codes, np.int64)
        self._n_residues = np.zeros(n_concepts, np.int64)
        self._n_domains = np.zeros(n_concepts, np.int64)
        self._n_proteins = self._n_rows = 0
        self._scratch = np.zeros(_GROUP_INSTANCES * d_sae, np.int32)

    def add(self, block: FeatureBlock) -> None:
        """Count the proteins of a block, numbered as in the table, each once in all."""
        indptr, code = self._codes(block)
        _count(self._firing, code)
        instances = place_instances(self._table, block.proteins, block.offsets)
        self._n_residues += instances.n_residues(len(self._n_residues))
        self._n_domains += instances.n_domains(len(self._n_domains))
        self._n_proteins += len(block.proteins)
        self._n_rows += block.n_residues
        if self._n_rows > _LARGEST_COUNT:
            raise UserError(
                f"More than {_LARGEST_COUNT:,} residues are scored at once: score fewer proteins, "
                "or add the counts of several parts."
            )
        bounds = instances.stretches_of
        for first, stop in _groups(instances, indptr):
            stretches = slice(bounds[first], bounds[stop])
            self._add_instances(instances, stretches, first, indptr, code)

    def counts(self) -> ConceptCounts:
        """Of all blocks so far; the counter may not be used after it."""
        shape = (len(self._thresholds), self._d_sae)
        n_concepts = len(self._table.concepts)
        return ConceptCounts(
            concepts=self._table.concepts,
            thresholds=self._given,
            tp=_above(self._tp.reshape(n_concepts, *shape)),
            n_found=_above(self._hits.reshape(n_concepts, *shape)),
            firing=_above(self._firing.reshape(shape)),
            n_residues=self._n_residues,
            n_domains=self._n_domains,
            n_proteins=self._n_proteins,
            n_rows=self._n_rows,
        )

    def _codes(self, block: FeatureBlock) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The entries above the lowest threshold: indptr by row, and code."""
        level = np.searchsorted(self._thresholds, block.value, side="left").astype(np.int32)
        code = (level - 1) * np.int32(self._d_sae) + block.feature
        counted = level > 0
        if counted.all():
            return block.indptr, code
        return np.append(0, np.cumsum(counted))[block.indptr], code[counted]

    def _add_instances(
        self,
        instances: InstanceRows,
        stretches: slice,
        first_instance: int,
        indptr: NDArray[np.int64],
        code: NDArray[np.int32],
    ) -> None:
        """Count instances of one concept, given by their stretches."""
        concept = instances.concept[first_instance]
        start, fresh = instances.start[stretches], instances.fresh[stretches]
        entry, stretch = ranges(indptr[start], indptr[instances.stop[stretches]])
        codes = code[entry]
        overlap = (fresh > start).any()
        once = codes[entry >= indptr[fresh][stretch]] if overlap else codes
        _count(self._tp[concept], once)
        instance = (instances.instance[stretches] - first_instance)[stretch]
        _count(self._hits[concept], self._strongest(instance, codes))

    def _strongest(self, instance: NDArray[np.int64], codes: NDArray[np.int32]) -> NDArray:
        """Of the entries of each instance and feature the one of the highest threshold."""
        n, n_thresholds = len(codes), len(self._thresholds)
        # Beyond the reach of int32 lies only one instance of a very dense representation.
        dtype = np.dtype(np.int32 if n * n_thresholds <= _LARGEST_RANK else np.int64)
        scratch = self._scratch.astype(dtype, copy=False)
        level = codes // np.int32(self._d_sae)
        place = instance * self._d_sae + (codes - level * np.int32(self._d_sae))
        # The entry's number makes each one unique, so exactly one is found to be the largest.
        rank = level.astype(dtype)
        rank *= n
        rank += np.arange(1, n + 1, dtype=dtype)
        np.maximum.at(scratch, place, rank)
        largest = scratch[place] == rank
        scratch[place] = 0
        return codes[largest]


def _groups(instances: InstanceRows, indptr: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of instances of one concept that fit the scratch memory and have not many entries."""
    n = instances.n_instances
    n_entries = np.zeros(n, np.int64)
    np.add.at(n_entries, instances.instance, indptr[instances.stop] - indptr[instances.start])
    ends = np.cumsum(n_entries)
    of_concept = np.searchsorted(instances.concept, instances.concept, side="right")
    first = 0
    while first < n:
        budget = ends[first] - n_entries[first] + _GROUP_ENTRIES
        fitting = int(np.searchsorted(ends, budget, side="right"))
        stop = max(first + 1, min(first + _GROUP_INSTANCES, int(of_concept[first]), fitting))
        yield first, stop
        first = stop


def _count(counts: NDArray[np.integer], codes: NDArray[np.int32]) -> None:
    """Add one to counts[code] for each code, in place."""
    # A one of the same type: another one sends NumPy the long way, which takes sixty times longer.
    np.add.at(counts, codes, counts.dtype.type(1))


def _above(exactly: NDArray[Integer]) -> NDArray[Integer]:
    """From counts by the highest threshold passed, [..., n_thresholds, d_sae], to all passed.

    What passes a threshold passes all lower ones. The sum is made in place.

    Returns:
        A view [..., d_sae, n_thresholds].
    """
    for level in range(exactly.shape[-2] - 1, 0, -1):
        exactly[..., level - 1, :] += exactly[..., level, :]
    return exactly.swapaxes(-1, -2)
