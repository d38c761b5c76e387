"""Sequences in memory, one byte a residue."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from interplm.proteins import ProteinRecord


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What has to be known of all proteins before any is embedded.

    Attributes:
        lengths: residues of each, int64 [n_proteins].
        in_validation: bool [n_proteins].
    """

    lengths: NDArray[np.int64]
    in_validation: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        records: Iterable[ProteinRecord],
        in_validation: Callable[[Sequence[str]], NDArray[np.bool_]],
    ) -> Self:
        """Read proteins once.

        Args:
            records: in the order of their file.
            in_validation: which of some accessions are kept for validation.
        """
        pairs = [(len(record.sequence), in_validation([record.accession])[0]) for record in records]
        return cls(
            np.array([length for length, _ in pairs], dtype=np.int64),
            np.array([kept for _, kept in pairs], dtype=np.bool_),
        )

    def training(self) -> NDArray[np.int64]:
        """Numbers of the training proteins."""
        return np.flatnonzero(~self.in_validation)

    def validation(self, n_residues: int) -> NDArray[np.int64]:
        """Numbers of the first validation proteins that have so many residues, or of all."""
        numbers = np.flatnonzero(self.in_validation)
        before = np.cumsum(self.lengths[numbers]) - self.lengths[numbers]
        return numbers[before < n_residues]


class PackedSequences:
    """Some proteins of a file, without their names.

    Args:
        records: all proteins, in the order of their numbers.
        chosen: ascending numbers of those to keep.
    """

    def __init__(self, records: Iterable[ProteinRecord], chosen: NDArray[np.int64]) -> None:
        wanted = set(chosen.tolist())
        residues, lengths = bytearray(), []
        for number, record in enumerate(records):
            if number in wanted:
                residues += record.sequence.encode("ascii")
                lengths.append(len(record.sequence))
        self._residues = residues
        self.lengths = np.array(lengths, dtype=np.int64)
        self._offsets = np.append(0, np.cumsum(self.lengths))

    def __len__(self) -> int:
        return len(self.lengths)

    def records(self, numbers: Iterable[int]) -> list[ProteinRecord]:
        """Proteins by their place among those that were kept."""
        found: list[ProteinRecord] = []
        for number in numbers:
            start, stop = self._offsets[number], self._offsets[number + 1]
            found.append(ProteinRecord("", self._residues[start:stop].decode("ascii"), "", 0))
        return found
