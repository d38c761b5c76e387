"""The original toolkit's split: shuffled proteins in shards, of which some test."""

from collections.abc import Sequence

import numpy as np

from interplm.concepts.grouping import ByAccession
from interplm.concepts.identity import nearest_pair
from interplm.concepts.splits import Split
from interplm.errors import UserError


class ShardSplit:
    """Shuffles proteins, cuts them into shards, and takes some for validation and the rest to test.

    Homologues lie on both sides. For comparisons with the original toolkit, whose order of proteins
    is another, so that the shards hold other proteins than there.

    Args:
        n_shards: of nearly equal size.
        validation: numbers of the shards that choose pairs, from 0.
        test: of those that test them; every shard belongs to one side.
        seed: of the shuffling.
        n_aligned: see ProteinSplit.

    Raises:
        UserError: if the shards of the two sides are not all shards, each once.
    """

    def __init__(
        self,
        *,
        n_shards: int,
        validation: Sequence[int],
        test: Sequence[int],
        seed: int,
        n_aligned: int,
    ) -> None:
        if sorted([*validation, *test]) != list(range(n_shards)) or not (validation and test):
            raise UserError(
                f"split.validation and split.test must share the shards 0..{n_shards - 1} among "
                f"them, each once, got {list(validation)} and {list(test)}."
            )
        self._n_shards = n_shards
        self._validation = list(validation)
        self._seed = seed
        self._n_aligned = n_aligned

    def split(self, accessions: Sequence[str], sequences: Sequence[str]) -> Split:
        """Decide for each protein, [n_proteins]; the order in which they come does not matter.

        Args:
            accessions: of the proteins.
            sequences: in the same order; empty strings where they are not known.

        Raises:
            UserError: if there are fewer proteins than shards.
        """
        if len(accessions) < self._n_shards:
            raise UserError(
                f"{len(accessions)} proteins do not fill {self._n_shards} shards: set "
                "split.n_shards lower, with split.validation and split.test to match."
            )
        by_name = np.argsort(np.asarray(accessions))
        shuffled = by_name[np.random.default_rng(self._seed).permutation(len(accessions))]
        shard = np.empty(len(accessions), dtype=np.int64)
        for number, members in enumerate(np.array_split(shuffled, self._n_shards)):
            shard[members] = number
        validation = np.isin(shard, self._validation)
        nearest = None
        if self._n_aligned and any(sequences):
            nearest = nearest_pair(accessions, sequences, validation, n_aligned=self._n_aligned)
        clusters = ByAccession().clusters(accessions, sequences)
        return Split(validation=validation, clusters=clusters, nearest=nearest)
