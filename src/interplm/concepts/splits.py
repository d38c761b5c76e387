"""Validation and test proteins."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.grouping import Clusters, Grouping
from interplm.concepts.identity import NearestPair, nearest_pair
from interplm.errors import UserError
from interplm.proteins.splitting import validation_mask

log = logging.getLogger(__name__)

# Below this share of the proteins a side says little, unless so few were asked for.
_SMALLEST_SIDE = 0.2
_MEND = (
    "give clusters of your own with split=cluster_file (a gene or family name serves as cluster), "
    "keep only closer relatives together (a higher split.grouping.containment or a lower "
    "split.grouping.largest_share), or try another split.seed."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Which proteins choose pairs and which test them.

    Attributes:
        validation: bool [n_proteins].
        clusters: groups that were not parted.
        nearest: the most similar proteins on the two sides; None where no two are alike, or the
            sequences are not known.
    """

    validation: NDArray[np.bool_]
    clusters: Clusters
    nearest: NearestPair | None

    @property
    def test(self) -> NDArray[np.bool_]:
        """The other proteins, bool [n_proteins]."""
        return ~self.validation

    @property
    def cluster(self) -> NDArray[np.int64]:
        """Number of each protein's cluster, [n_proteins]."""
        return np.unique(self.clusters.names, return_inverse=True)[1]

    def summary(self) -> str:
        """Two sentences for the report."""
        n_clusters = len(set(self.clusters.names))
        sides = (
            f"{self.validation.sum():,} validation and {self.test.sum():,} test proteins, split "
            f"by {self.clusters.method} ({n_clusters:,} in all)."
        )
        return f"{sides} {self.nearest}" if self.nearest is not None else sides


class ProteinSplit:
    """Splits proteins by a hash of the name of their cluster.

    Args:
        validation_fraction: expected share of validation clusters, in (0, 1).
        seed: another seed gives another split.
        n_aligned: pairs of a validation and a test protein to align, to say how much alike the
            sides are; 0 for none.
        grouping: what must stay together.

    Raises:
        UserError: for a fraction out of range.
    """

    def __init__(
        self, *, validation_fraction: float, seed: int, n_aligned: int, grouping: Grouping
    ) -> None:
        if not 0 < validation_fraction < 1:
            raise UserError(
                f"split.validation_fraction must be in (0, 1), got {validation_fraction}."
            )
        if n_aligned < 0:
            raise UserError(f"split.n_aligned must be 0 or more, got {n_aligned}.")
        self._fraction = validation_fraction
        self._seed = seed
        self._n_aligned = n_aligned
        self._grouping = grouping

    def split(self, accessions: Sequence[str], sequences: Sequence[str]) -> Split:
        """Decide for each protein, [n_proteins].

        Args:
            accessions: of the proteins.
            sequences: in the same order; empty strings where they are not known.

        Raises:
            UserError: if a side has none of the proteins, or less than a fifth of them though more
                was asked for, or if the grouping cannot be made.
        """
        clusters = self._grouping.clusters(accessions, sequences)
        validation = validation_mask(clusters.names, fraction=self._fraction, seed=self._seed)
        self._check(validation, clusters)
        nearest = None
        if self._n_aligned and any(sequences):
            nearest = nearest_pair(accessions, sequences, validation, n_aligned=self._n_aligned)
        return Split(validation=validation, clusters=clusters, nearest=nearest)

    def _check(self, validation: NDArray[np.bool_], clusters: Clusters) -> None:
        n, n_clusters = len(validation), len(set(clusters.names))
        n_validation = int(validation.sum())
        if n_validation in (0, n):
            raise UserError(
                f"All {n:,} proteins, in {n_clusters:,} clusters, come to one side of the split: "
                f"{_MEND}"
            )
        smaller = min(n_validation, n - n_validation)
        if smaller >= _SMALLEST_SIDE * n:
            return
        told = (
            f"The split has {n_validation:,} validation and {n - n_validation:,} test proteins: "
            f"of {n_clusters:,} clusters ({clusters.method}) the largest holds "
            f"{clusters.largest_share:.0%} of the proteins."
        )
        if min(self._fraction, 1 - self._fraction) >= _SMALLEST_SIDE:
            raise UserError(f"{told} Too few on one side say little: {_MEND}")
        log.warning("%s", told)
