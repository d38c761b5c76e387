"""Which proteins of a concept a feature finds, misses, or adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from interplm.features.database.records import Annotation

Verdict = Literal["found", "missed", "extra", "silent"]


@dataclass(frozen=True, slots=True)
class ProteinVerdict:
    """One protein judged.

    Attributes:
        accession: of the protein.
        verdict: "found" if some annotated span is touched, "missed" if there are spans and none
            is, "extra" if the feature fires without an annotation, "silent" otherwise.
        n_hit: spans in which some residue fires.
        n_spans: spans of the concept.
        n_outside: firing residues that no span covers.
    """

    accession: str
    verdict: Verdict
    n_hit: int
    n_spans: int
    n_outside: int


def judge(
    accession: str,
    activations: Mapping[int, float],
    annotations: Sequence[Annotation],
    *,
    concept: str,
    threshold: float,
) -> ProteinVerdict:
    """Compare where a feature fires with where a concept is annotated.

    Args:
        accession: of the protein.
        activations: 0-based residue to fraction of the maximum.
        annotations: all of the protein's.
        concept: the one that counts.
        threshold: a residue fires above it.
    """
    firing = [residue for residue, value in activations.items() if value > threshold]
    spans = [a for a in annotations if a.concept == concept]
    n_hit = sum(any(span.covers(residue) for residue in firing) for span in spans)
    n_outside = sum(not any(span.covers(residue) for span in spans) for residue in firing)
    if spans:
        verdict: Verdict = "found" if n_hit else "missed"
    else:
        verdict = "extra" if firing else "silent"
    return ProteinVerdict(accession, verdict, n_hit, len(spans), n_outside)
