"""Validation and test proteins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.grouping import Grouping
from interplm.errors import UserError
from interplm.proteins.splitting import validation_mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Which proteins choose pairs and which test them.

    Attributes:
        validation: bool [n_proteins].
        n_clusters: groups that were not parted.
        method: in words, for the report.
    """

    validation: NDArray[np.bool_]
    n_clusters: int
    method: str

    @property
    def test(self) -> NDArray[np.bool_]:
        """The other proteins, bool [n_proteins]."""
        return ~self.validation

    def summary(self) -> str:
        """One line for the report."""
        return (
            f"{self.validation.sum():,} validation and {self.test.sum():,} test proteins, split "
            f"by {self.method} ({self.n_clusters:,} in all)."
        )


class ProteinSplit:
    """Splits proteins by a hash of the accession that names their cluster.

    Args:
        validation_fraction: expected share of validation clusters, in (0, 1).
        seed: another seed gives another split.
        grouping: what must stay together.

    Raises:
        UserError: for a fraction out of range.
    """

    def __init__(self, *, validation_fraction: float, seed: int, grouping: Grouping) -> None:
        if not 0 < validation_fraction < 1:
            raise UserError(
                f"split.validation_fraction must be in (0, 1), got {validation_fraction}."
            )
        self._fraction = validation_fraction
        self._seed = seed
        self._grouping = grouping

    def split(self, accessions: Sequence[str], sequences: Sequence[str]) -> Split:
        """Decide for each protein, [n_proteins].

        Args:
            accessions: of the proteins.
            sequences: in the same order; empty strings where they are not known.

        Raises:
            UserError: if all proteins come to one side, or the grouping cannot be made.
        """
        names = self._grouping.representatives(accessions, sequences)
        validation = validation_mask(names, fraction=self._fraction, seed=self._seed)
        if validation.all() or not validation.any():
            raise UserError(
                f"All {len(accessions)} proteins, in {len(set(names))} clusters, come to one side "
                "of the split: use more proteins, another split.seed, or split=accession."
            )
        return Split(validation=validation, n_clusters=len(set(names)), method=str(self._grouping))
