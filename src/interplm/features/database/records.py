"""The rows of the feature database: each record is a table, its fields are the columns.

Schema, writer, reader and report follow from these classes. Activations are fractions of a
feature's maximum (its scale), and residues are 0-based and half-open, unless a field says
otherwise. None stands for NULL.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from interplm.features.evidence import position_explains

# Numbers that need no eight bytes; the annotation is their type in DuckDB.
Int = Annotated[int, "INTEGER"]
Float = Annotated[float, "FLOAT"]

# Examples by the protein's maximum, the lower edge excluded, and the strongest of all apart (Simon
# & Zou 2024 show the same five).
BUCKETS = ("top", "0.8-1", "0.6-0.8", "0.4-0.6", "0.2-0.4", "0-0.2")
Pattern = Literal["point", "motif", "periodic", "domain", "whole", "other", "silent"]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)
Split = Literal["validation", "test"]
Verdict = Literal["found", "missed", "extra"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature of the SAE and, where one fits, the concept that it is labelled with.

    Attributes:
        feature: its number.
        scale: its maximum, in the SAE's units.
        n_active: scored residues on which it fires; 0 for one that is silent there.
        density: share of the scored residues on which it fires.
        mean_activation: over the residues on which it fires.
        pattern: shape of its activation along proteins, see `PATTERNS`.
        label: what people read; the concept's name.
        concept: the label in the table `pairs`, from which the next five are.
        family: of the concept.
        average_precision: on test proteins.
        margin: average precision less that of the best baseline for the concept.
        f1: on test proteins.
        f1_residue: on test proteins, recall over residues.
        strength: how far the evidence carries the label, see `interplm.features.evidence`.
        n_sisters: runs with another seed that it was looked for in.
        n_reappears: of those, in how many it was found again.
        sister_cosine: of its decoder row and the nearest one of each, mean over them.
        sister_correlation: of its activations and those of that one, mean over them.
        x: place on the map.
        y: see x.
        histogram: residues in 50 equal bins of (0, 1].
    """

    feature: Int
    scale: Float
    n_active: int
    density: float
    mean_activation: Float
    pattern: str
    label: str | None
    concept: str | None
    family: str | None
    average_precision: Float | None
    margin: Float | None
    f1: Float | None
    f1_residue: Float | None
    strength: str | None
    n_sisters: Int
    n_reappears: Int
    sister_cosine: Float | None
    sister_correlation: Float | None
    x: Float
    y: Float
    histogram: tuple[int, ...]

    @property
    def is_silent(self) -> bool:
        """Whether it fires on none of the scored residues."""
        return self.n_active == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A feature of a representation as the detector of a concept.

    It was chosen on validation proteins; whatever does not say so is measured on test proteins.
    Of the SAE all pairs worth a look are kept, of baselines those that are the best of a concept.

    Attributes:
        representation: see `interplm.features.encoding.names`.
        concept: name.
        feature: number in the representation.
        threshold: fraction of the feature's maximum, with the best validation F1.
        threshold_residue: with the best validation F1 over residues, for f1_residue.
        best_by_average_precision: whether none has a better one on validation proteins.
        best_by_f1: likewise, as the paper chooses.
        best_by_f1_residue: likewise.
        is_label: whether the feature is labelled with the concept: the annotation that it detects
            best by validation average precision above chance, or where none fits an amino acid.
        average_precision_validation: over the thresholds as levels of the score.
        f1_validation: at the threshold.
        f1_residue_validation: at threshold_residue.
        average_precision: of the feature's value as the score of every residue; exact.
        average_precision_low: lower end of its interval, drawing clusters of proteins anew; NULL
            unless the pair is the best by average precision.
        average_precision_high: upper end.
        margin: average precision less that of the best baseline for the concept; NULL without a
            baseline.
        precision: share of the firing residues that carry the concept.
        precision_low: lower end of its interval, drawing clusters anew.
        precision_high: upper end.
        recall: as F1 uses it: of instances for domains, of residues otherwise.
        precision_residue: like precision, at threshold_residue.
        recall_residue: share of the concept's residues on which it fires, at threshold_residue.
        f1: of precision and recall.
        f1_low: likewise.
        f1_high: likewise.
        f1_corrected: (F1 - F1₀) / (1 - F1₀), F1₀ that of a detector that always fires.
        f1_residue: of precision_residue and recall_residue.
        matthews: correlation coefficient of firing and carrying over residues.
        n_found: instances on any residue of which it fires.
        coverage: share of the proteins with the concept on which it fires within it.
        f1_position: mean F1 once annotations are moved to proteins of similar length; NULL where
            significance was not tested, as for baselines and amino acids.
        p_value: of the F1, from that permutation; NULL likewise.
        q_value: Benjamini-Hochberg, over the best pairs or over all others; NULL likewise.
    """

    representation: str
    concept: str
    feature: Int
    threshold: Float
    threshold_residue: Float
    best_by_average_precision: bool
    best_by_f1: bool
    best_by_f1_residue: bool
    is_label: bool
    average_precision_validation: Float
    f1_validation: Float
    f1_residue_validation: Float
    average_precision: Float
    average_precision_low: Float | None
    average_precision_high: Float | None
    margin: Float | None
    precision: Float
    precision_low: Float
    precision_high: Float
    recall: Float
    precision_residue: Float
    recall_residue: Float
    f1: Float
    f1_low: Float
    f1_high: Float
    f1_corrected: Float
    f1_residue: Float
    matthews: Float
    n_found: Int
    coverage: Float
    f1_position: Float | None
    p_value: float | None
    q_value: float | None

    @property
    def extent(self) -> float:
        """Above it lie the residues around a peak above the threshold that belong to the find."""
        return min(self.threshold, self.threshold_residue)

    @property
    def position_explains(self) -> bool:
        """Whether it scores about as high once annotations are moved to other proteins."""
        return position_explains(f1=self.f1, f1_position=self.f1_position, q_value=self.q_value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A pair of the SAE at one threshold on one split; named as in `Pair`."""

    concept: str
    feature: Int
    threshold: Float
    split: str
    tp: int
    fp: int
    n_found: int
    precision: Float
    recall: Float
    recall_residue: Float
    f1: Float
    f1_residue: Float

    @property
    def is_silent(self) -> bool:
        """Whether the feature fires on no residue above the threshold: it has no precision."""
        return self.tp + self.fp == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptRow:
    """A concept that was scored.

    Attributes:
        concept: name, the most specific of those with the same spans.
        aliases: the other names.
        category: of the annotation.
        family: of categories.
        kind: whether recall counts residues or instances ("domain").
        role: annotation, amino_acid or control, see `interplm.concepts.spans.Role`.
        n_residues_validation: distinct residues.
        n_domains_validation: instances.
        n_residues_test: distinct residues.
        n_domains_test: instances.
        n_clusters_test: clusters of homologues with the concept.
        prevalence: share of the test residues: the average precision of chance.
        f1_constant: F1 of a detector that always fires, on test proteins.
        position_explains: whether the SAE's best pair scores as high once annotations are moved to
            other proteins at the same place; NULL where that was not tested.
    """

    concept: str
    aliases: tuple[str, ...]
    category: str
    family: str
    kind: str
    role: str
    n_residues_validation: int
    n_domains_validation: int
    n_residues_test: int
    n_domains_test: int
    n_clusters_test: int
    prevalence: float
    f1_constant: Float
    position_explains: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RareConcept:
    """A concept that is too rare to be scored, with its counts over all proteins."""

    concept: str
    category: str
    family: str
    n_domains: int
    n_proteins: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentationSummary:
    """How far one representation explains the concepts; annotations alone unless it says otherwise.

    Attributes:
        representation: as in the table `pairs`.
        baseline: of several seeds, what they are seeds of; else the same.
        n_features: in all.
        n_silent: that fire on none of the scored residues.
        l0: features that fire on a scored residue, mean.
        n_concepts: distinct annotations.
        mean_average_precision: over them, of the pair with the best validation average precision.
        mean_average_precision_low: lower end of its interval, drawing clusters of proteins anew.
        mean_average_precision_high: upper end.
        mean_chance: mean prevalence.
        n_covered: concepts whose best validation pair has F1 above 0.5 on test proteins, recall
            over instances for domains (Simon & Zou 2024).
        n_covered_corrected: the same, F1 corrected for a detector that always fires.
        n_covered_residue: the same, recall over residues.
        mean_f1: over concepts, of the pair with the best validation F1.
        n_features_with_concept: with F1 above 0.5 on validation and test proteins.
        n_controls: random spans.
        n_controls_covered: by corrected F1.
        controls_mean_average_precision: over them.
        controls_mean_chance: their mean prevalence.
        n_amino_acids: that were scored.
        n_amino_acids_covered: by F1.
    """

    representation: str
    baseline: str
    n_features: Int
    n_silent: Int
    l0: float
    n_concepts: Int
    mean_average_precision: float
    mean_average_precision_low: float
    mean_average_precision_high: float
    mean_chance: float
    n_covered: Int
    n_covered_corrected: Int
    n_covered_residue: Int
    mean_f1: float
    n_features_with_concept: Int
    n_controls: Int
    n_controls_covered: Int
    controls_mean_average_precision: float | None
    controls_mean_chance: float | None
    n_amino_acids: Int
    n_amino_acids_covered: Int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The SAE's average precision less a baseline's, concept by concept.

    Attributes:
        baseline: a representation, or the mean over the seeds of one.
        n_concepts: distinct annotations.
        n_ahead: on which the SAE is higher.
        n_behind: on which the baseline is.
        difference: mean over concepts.
        concepts_low: lower end of the interval that drawing concepts anew gives.
        concepts_high: upper end.
        clusters_low: lower end of the interval that drawing clusters of test proteins anew gives.
        clusters_high: upper end.
    """

    baseline: str
    n_concepts: Int
    n_ahead: Int
    n_behind: Int
    difference: float
    concepts_low: float
    concepts_high: float
    clusters_low: float
    clusters_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Protein:
    """A scored protein.

    Attributes:
        accession: unique.
        name: in words.
        sequence: residues.
        length: of it.
        labels: JSON, name of a column of whole-protein labels to its values.
        alphafold: whether AlphaFoldDB has a structure of it.
        split: see `Split`.
        cluster: name of its cluster of homologues, which the split did not part.
    """

    accession: str
    name: str
    sequence: str
    length: Int
    labels: str
    alphafold: bool
    split: str
    cluster: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """An instance of a scored concept; of an `ends_only` one only its two ends belong to it."""

    accession: str
    concept: str
    family: str
    start: Int
    stop: Int
    ends_only: bool
    note: str
    evidence: str

    def covers(self, residue: int) -> bool:
        """Whether a 0-based residue belongs to it."""
        if self.ends_only:
            return residue in (self.start, self.stop - 1)
        return self.start <= residue < self.stop


@dataclass(frozen=True, slots=True, kw_only=True)
class ProteinVerdict:
    """What the best feature of a concept says of a protein, over validation and test proteins.

    Proteins without the concept on which the feature stays below its threshold have no row.

    Attributes:
        concept: name.
        feature: of the SAE, the best by average precision.
        accession: of the protein.
        verdict: found: fires within an instance; missed: the protein is annotated, the feature
            silent there; extra: fires though nothing is annotated.
        n_domains: instances on the protein.
        n_found: of those.
        n_outside: firing residues that carry no instance.
        strength: its maximum within the instances, or on the protein where there is none.
    """

    concept: str
    feature: Int
    accession: str
    verdict: str
    n_domains: Int
    n_found: Int
    n_outside: Int
    strength: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A protein on which a feature fires.

    Attributes:
        feature: its number.
        bucket: see `BUCKETS`.
        rank: 0 for the strongest in its bucket.
        accession: of the protein.
        maximum: on the protein.
        peak: residue of the maximum.
        positions: residues on which it fires.
        activations: there.
    """

    feature: Int
    bucket: str
    rank: Int
    accession: str
    maximum: Float
    peak: Int
    positions: tuple[Int, ...]
    activations: tuple[Float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coactive:
    """Another feature that fires on the same residues."""

    feature: Int
    other: Int
    n_both: int
    jaccard: Float
    rank: Int


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another feature whose decoder row points the same way."""

    feature: Int
    other: Int
    cosine: Float
    rank: Int


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another feature as lists show it: no table, but what two of them say together.

    Attributes:
        other: its number.
        likeness: a cosine or a Jaccard index.
        label: of the other.
        f1: of that label.
    """

    other: Int
    likeness: Float
    label: str | None
    f1: Float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichedLabel:
    """A whole-protein label among the proteins on which a feature is strongest."""

    feature: Int
    label: str
    kind: str
    n: Int
    n_background: Int
    odds_ratio: Float
    q_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something the whole database says of itself; the value is JSON."""

    key: str
    value: str
