"""What the feature database says, row by row."""

from dataclasses import dataclass
from typing import Literal, get_args

# Examples by the protein's maximum, the lower edge excluded, and the strongest of all apart (Simon
# & Zou 2024 show the same five).
BUCKETS = ("top", "0.8-1", "0.6-0.8", "0.4-0.6", "0.2-0.4", "0-0.2")
Pattern = Literal["point", "motif", "periodic", "domain", "whole", "other", "dead"]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSummary:
    """One feature in a list; label, concept, f1 and family are None without a pair."""

    feature: int
    label: str | None
    concept: str | None
    family: str | None
    f1: float | None
    density: float
    mean_activation: float
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature.

    Attributes:
        summary: what lists show of it.
        scale: its maximum, in the SAE's units.
        n_active: residues on which it fires.
        histogram: residues in 50 equal bins of activation / scale in (0, 1].
    """

    summary: FeatureSummary
    scale: float
    n_active: int
    histogram: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A feature of some representation that detects a concept, measured on test proteins."""

    representation: str
    concept: str
    feature: int
    threshold: float
    f1_validation: float
    precision: float
    recall: float
    f1: float
    f1_residue: float
    f1_low: float
    f1_high: float
    average_precision: float
    coverage: float
    p_value: float
    q_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A feature against a concept at one threshold on test proteins."""

    threshold: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptRow:
    """A concept and how often it occurs among validation and test proteins."""

    concept: str
    category: str
    family: str
    kind: str
    n_residues_validation: int
    n_domains_validation: int
    n_residues_test: int
    n_domains_test: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Protein:
    """A protein; labels is JSON."""

    accession: str
    name: str
    sequence: str
    length: int
    labels: str
    alphafold: bool
    split: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A span, 0-based and half-open; of an `ends_only` one only its two ends belong to it."""

    accession: str
    concept: str
    family: str | None
    start: int
    stop: int
    ends_only: bool
    note: str
    evidence: str

    def covers(self, residue: int) -> bool:
        """Whether a 0-based residue belongs to it."""
        if self.ends_only:
            return residue in (self.start, self.stop - 1)
        return self.start <= residue < self.stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A protein on which a feature fires; positions are 0-based, activations fractions of 1."""

    feature: int
    bucket: str
    rank: int
    accession: str
    maximum: float
    peak: int
    positions: tuple[int, ...]
    activations: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another feature with its likeness, a cosine or a Jaccard index."""

    other: int
    likeness: float
    label: str | None
    f1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """A whole-protein label among the proteins on which a feature is strongest."""

    label: str
    kind: str
    n: int
    n_background: int
    odds_ratio: float
    q_value: float
