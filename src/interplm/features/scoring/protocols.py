"""How pairs are chosen and what they are measured by: ours, and the original toolkit's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.spans import Concept
from interplm.concepts.uniprot_columns import BEYOND_ORIGINAL
from interplm.errors import UserError

# What the original toolkit takes for residue-level, wherever it stands in a concept's name.
_ORIGINAL_RESIDUE_LEVEL = (
    "Active site",
    "Cofactor",
    "Glycosylation",
    "Modified residue",
    "Amino acid: ",
    "Disulfide bond",
)
# Categories of which it leaves out the concept of any annotation.
_ORIGINAL_WITHOUT_ANY = ("Region", "Modified residue", "Domain", "Compositional bias", "Motif")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringProtocol:
    """One way to evaluate.

    Attributes:
        by_domain: of each concept, whether recall counts instances.
        keeps: of each concept, whether it is evaluated at all.
        retunes_threshold: whether the threshold is chosen anew on the test proteins, which makes
            test scores too good.
        strict: whether a concept needs more than the minimum, and not just the minimum.
        merges_duplicates: whether concepts with the same instances are one.
    """

    by_domain: Callable[[Concept], bool]
    keeps: Callable[[Concept], bool]
    retunes_threshold: bool
    strict: bool
    merges_duplicates: bool

    def domain_mask(self, concepts: Sequence[Concept]) -> NDArray[np.bool_]:
        """`by_domain` of each concept, [n_concepts]."""
        return np.array([self.by_domain(concept) for concept in concepts], dtype=np.bool_)

    def enough(
        self,
        concepts: Sequence[Concept],
        *,
        n_residues: NDArray[np.int64],
        n_domains: NDArray[np.int64],
        min_residues: int,
        min_domains: int,
    ) -> NDArray[np.bool_]:
        """Which concepts are evaluated, given their counts on one split, [n_concepts]."""
        more = int(self.strict)
        kept = np.array([self.keeps(concept) for concept in concepts], dtype=np.bool_)
        frequent = (n_residues >= min_residues + more) | (n_domains >= min_domains + more)
        return kept & frequent & (n_residues > 0)


def _original_by_domain(concept: Concept) -> bool:
    return not any(name in concept.name for name in _ORIGINAL_RESIDUE_LEVEL)


def _original_keeps(concept: Concept) -> bool:
    is_any = concept.scope.startswith("any") and concept.category.startswith(_ORIGINAL_WITHOUT_ANY)
    is_read = (concept.category, concept.family) not in BEYOND_ORIGINAL
    return is_read and not is_any and not concept.category.startswith("Amino acid")


PROTOCOLS = {
    "held_out": ScoringProtocol(
        by_domain=lambda concept: concept.kind == "domain",
        # It stands for frequent names alone, and is there for the original toolkit's protocol.
        keeps=lambda concept: concept.scope != "any kept",
        retunes_threshold=False,
        strict=False,
        merges_duplicates=True,
    ),
    "original": ScoringProtocol(
        by_domain=_original_by_domain,
        keeps=_original_keeps,
        retunes_threshold=True,
        strict=True,
        merges_duplicates=False,
    ),
}


def protocol_named(name: str) -> ScoringProtocol:
    """Raise UserError unless it is one of PROTOCOLS."""
    if name not in PROTOCOLS:
        raise UserError(f"scoring.protocol must be one of {', '.join(PROTOCOLS)}, got {name!r}.")
    return PROTOCOLS[name]
