"""Which proteins of a table have activations, and where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interplm.activations.shard import ShardHeader
from interplm.concepts.table import ConceptTable
from interplm.errors import UserError
from interplm.features.encoding.blocks import ActivationBlock, activation_blocks, protein_numbers

_READ_RESIDUES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedProteins:
    """Proteins of a table, or some of them, in the shards of a store.

    Attributes:
        shards: all of the store, or those that one job is to do.
        numbers: for each shard the number in the table of each of its proteins, or -1.
        lengths: residues of the table's proteins, [n_proteins].
    """

    shards: Sequence[ShardHeader]
    numbers: Sequence[NDArray[np.int64]]
    lengths: NDArray[np.int64]

    @property
    def is_located(self) -> NDArray[np.bool_]:
        """Mask of the table's proteins that are among these, [n_proteins]."""
        mask = np.zeros(len(self.lengths), np.bool_)
        for numbers in self.numbers:
            mask[numbers[numbers >= 0]] = True
        return mask

    @property
    def n_residues(self) -> int:
        """Of these proteins."""
        return int(self.lengths[self.is_located].sum())

    def of_shard(self, shard: int) -> "LocatedProteins":
        """Those of one shard, by its number among these."""
        return replace(self, shards=[self.shards[shard]], numbers=[self.numbers[shard]])

    def only(self, proteins: NDArray[np.bool_]) -> "LocatedProteins":
        """Those of a mask of the table's proteins, [n_proteins]."""
        chosen = [
            np.where((numbers >= 0) & proteins[numbers], numbers, -1) for numbers in self.numbers
        ]
        return replace(self, numbers=chosen)

    def blocks(self) -> Iterator[ActivationBlock]:
        """Their activations, numbered as in the table."""
        return activation_blocks(self.shards, self.numbers, max_residues=_READ_RESIDUES)


def locate(shards: Sequence[ShardHeader], table: ConceptTable) -> LocatedProteins:
    """Find the proteins of a table by their accessions; those without activations are left out.

    Raises:
        UserError: if none has activations, or a protein is stored twice.
        FingerprintMismatch: if one has other residues in the store.
    """
    wanted = {accession: number for number, accession in enumerate(table.accessions)}
    numbers = protein_numbers(shards, wanted, table.lengths)
    located = np.concatenate([found[found >= 0] for found in numbers])
    if not len(located):
        raise UserError(
            "None of the annotated proteins has activations: embed the annotated proteins, or "
            "choose the dataset that holds them."
        )
    often = np.bincount(located)
    if often.max() > 1:
        raise UserError(
            f"{table.accessions[int(often.argmax())]} has activations more than once: embed "
            "proteins whose accessions are unique."
        )
    return LocatedProteins(shards=shards, numbers=numbers, lengths=table.lengths)
