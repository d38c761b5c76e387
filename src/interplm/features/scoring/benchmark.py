"""The concepts and proteins on which representations are compared."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.activations.shard import ShardHeader
from interplm.concepts.table import ConceptTable
from interplm.features.database.records import RareConcept
from interplm.features.encoding.located import LocatedProteins, locate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Benchmark:
    """The same for an SAE and all its baselines.

    Attributes:
        table: the concepts that are scored, on all annotated proteins.
        by_domain: whether each concept's recall counts instances, [n_concepts].
        in_validation: proteins on which features are chosen, [n_proteins].
        in_test: proteins on which they are measured, [n_proteins].
        cluster: number of each protein's cluster, [n_proteins].
        rare: concepts that one of the two sides has too few of.
    """

    table: ConceptTable
    by_domain: NDArray[np.bool_]
    in_validation: NDArray[np.bool_]
    in_test: NDArray[np.bool_]
    cluster: NDArray[np.int64]
    rare: tuple[RareConcept, ...]

    def parts(self, shards: Sequence[ShardHeader]) -> tuple[LocatedProteins, LocatedProteins]:
        """Validation and test proteins in the shards of a store.

        Raises:
            UserError: see `locate`.
        """
        located = locate(shards, self.table)
        return located.only(self.in_validation), located.only(self.in_test)

    def role(self, name: str) -> NDArray[np.bool_]:
        """Which concepts have that role, [n_concepts]."""
        return np.array([concept.role == name for concept in self.table.concepts], dtype=np.bool_)


def rare_concepts(table: ConceptTable, reason: str) -> tuple[RareConcept, ...]:
    """The annotated concepts of a table with their counts.

    Args:
        table: of concepts that are not scored.
        reason: in words.
    """
    counts = zip(table.concepts, table.domain_counts(), table.protein_counts(), strict=True)
    return tuple(
        RareConcept(
            concept=concept.name,
            category=concept.category,
            family=concept.family,
            n_domains=int(n_domains),
            n_proteins=int(n_proteins),
            reason=reason,
        )
        for concept, n_domains, n_proteins in counts
        if concept.role == "annotation"
    )
