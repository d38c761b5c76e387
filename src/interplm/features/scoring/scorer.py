"""Features against concepts: chosen on validation proteins, measured on test proteins."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplm.activations.shard import ShardHeader
from interplm.concepts.controls import with_controls
from interplm.concepts.distinct import merged_duplicates
from interplm.concepts.table import ConceptTable
from interplm.errors import UserError
from interplm.features.encoding.blocks import FeatureBlock
from interplm.features.encoding.encoded import EncodedProteins
from interplm.features.encoding.located import locate
from interplm.features.encoding.names import SAE, is_sparse
from interplm.features.encoding.representations import Representation
from interplm.features.encoding.shard_files import EncodedFolder
from interplm.features.encoding.traces import FeatureTraces, TraceCollector
from interplm.features.scoring.benchmark import Benchmark, rare_concepts
from interplm.features.scoring.counting import ConceptCounter
from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.held_out import HeldOut
from interplm.features.scoring.measurement import Measured, Measurement
from interplm.features.scoring.protocols import protocol_named
from interplm.features.scoring.selection import ValidationScores, WorthALook, candidates
from interplm.sae.normalized import scale_of_maxima

log = logging.getLogger(__name__)

_VALIDATION, _TEST = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredRepresentation:
    """All that scoring finds of one representation.

    Attributes:
        name: in the database.
        maxima: float32 [d_sae], 0 for features that never fired.
        l0: features that fire on a residue, mean.
        validation: counts over validation proteins.
        validation_scores: that follow from them.
        test: counts over test proteins.
        measured: pairs on test proteins.
        best_on_validation: traces over validation proteins of the features that are their
            concept's best by average precision; of the SAE alone.
        best_on_test: the same over test proteins, and of other features.
    """

    name: str
    maxima: Tensor
    l0: float
    validation: ConceptCounts
    validation_scores: ValidationScores
    test: ConceptCounts
    measured: Measured
    best_on_validation: FeatureTraces | None
    best_on_test: FeatureTraces


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptScorer:
    """How representations are scored: an SAE and its baselines alike.

    Args:
        thresholds: ascending fractions of each feature's maximum.
        protocol: "held_out", or "original" for the original toolkit's way.
        min_residues: of a concept on each split, or else
        min_domains: instances of it.
        n_controls: concepts of random spans beside the real ones.
        f1_floor: pairs of the SAE with this validation F1 are measured beside each concept's best.
        lift_floor: so are, with this validation average precision above chance, the best features
            of each concept and the best concepts of each feature, which label it.
        n_best: features of each concept.
        n_bootstraps: samples of clusters of proteins.
        confidence: of the intervals.
        n_permutations: of the annotations.
        length_group: clusters of similar length among which annotations are moved.
        residues_per_batch: that are encoded together.
        max_entries: features that fired, 8 bytes each, that are kept in memory.
        seed: of controls, samples and permutations.

    Raises:
        UserError: for a setting out of range.
    """

    thresholds: Sequence[float]
    protocol: str
    min_residues: int
    min_domains: int
    n_controls: int
    f1_floor: float
    lift_floor: float
    n_best: int
    n_bootstraps: int
    confidence: float
    n_permutations: int
    length_group: int
    residues_per_batch: int
    max_entries: int
    seed: int

    def __post_init__(self) -> None:
        protocol_named(self.protocol)
        for name in (
            "n_best", "n_bootstraps", "n_permutations", "residues_per_batch", "length_group",
        ):  # fmt: skip
            if getattr(self, name) < 1:
                raise UserError(f"scoring.{name} must be at least 1, got {getattr(self, name)}.")
        for name in ("n_controls", "max_entries"):
            if getattr(self, name) < 0:
                raise UserError(f"scoring.{name} must be 0 or more, got {getattr(self, name)}.")
        if not 0 < self.confidence < 1:
            raise UserError(f"scoring.confidence must be within (0, 1), got {self.confidence}.")
        ascends = np.all(np.diff(np.asarray(self.thresholds, dtype=np.float32)) > 0)
        if not len(self.thresholds) or self.thresholds[0] < 0 or not ascends:
            raise UserError(
                f"scoring.thresholds must ascend from 0 or more, got {list(self.thresholds)}."
            )

    def benchmark(
        self,
        table: ConceptTable,
        shards: Sequence[ShardHeader],
        *,
        in_validation: NDArray[np.bool_],
        in_test: NDArray[np.bool_],
        cluster: NDArray[np.int64],
    ) -> Benchmark:
        """The concepts that are distinct and frequent enough, and controls.

        Args:
            table: of all concepts.
            shards: of the activations; proteins without any are left out.
            in_validation: mask of the table's proteins, [n_proteins].
            in_test: mask of others.
            cluster: number of each protein's cluster, [n_proteins].

        Raises:
            UserError: if the splits overlap, or no concept is frequent enough on both.
        """
        if (in_validation & in_test).any():
            raise UserError("Validation and test proteins must be different ones.")
        is_located = locate(shards, table).is_located
        if not is_located.all():
            log.warning(
                "%d of %d annotated proteins have no activations and are left out.",
                (~is_located).sum(),
                len(is_located),
            )
        in_validation, in_test = in_validation & is_located, in_test & is_located
        protocol = protocol_named(self.protocol)
        kept = np.array([protocol.keeps(concept) for concept in table.concepts], dtype=np.bool_)
        table = table.on(in_validation | in_test).with_concepts(kept)
        if protocol.merges_duplicates:
            table = merged_duplicates(table)
        enough = self._frequent(table, (in_validation, in_test))
        rare = rare_concepts(
            table.with_concepts(~enough),
            f"fewer than {self.min_residues:,} residues and {self.min_domains:,} instances on "
            "validation or on test proteins",
        )
        table = with_controls(
            table.with_concepts(enough),
            self.n_controls,
            parts=(in_validation, in_test),
            rng=np.random.default_rng(self.seed),
        )
        return Benchmark(
            table=table,
            by_domain=protocol.domain_mask(table.concepts),
            in_validation=in_validation,
            in_test=in_test,
            cluster=cluster,
            rare=rare,
        )

    def score(
        self,
        name: str,
        representation: Representation,
        shards: Sequence[ShardHeader],
        benchmark: Benchmark,
        *,
        device: torch.device | str,
        on_block: Callable[[FeatureBlock], object] = lambda block: None,
        encoded_in: EncodedFolder | None = None,
    ) -> ScoredRepresentation:
        """Maxima, counts, choice and measurement.

        Of the SAE all pairs worth a look are measured, with their significance; of baselines the
        best of each concept, which is what the SAE is compared with.

        Args:
            name: of the representation.
            representation: on `device`, not normalised.
            shards: of its activations.
            benchmark: concepts and proteins.
            device: of the representation.
            on_block: given every block of normalised features, of validation and test proteins.
            encoded_in: where jobs kept what they encoded of sparse ones, if several did.
        """
        parts = benchmark.parts(shards)
        encoded = EncodedProteins(
            representation,
            parts,
            residues_per_batch=self.residues_per_batch,
            max_entries=self.max_entries,
            device=device,
            description=name,
            files=encoded_in.files(name, parts) if encoded_in and is_sparse(name) else None,
        )
        scale, is_sae = scale_of_maxima(encoded.maxima), name == SAE
        validation, _ = self.count(
            _watched(encoded.blocks(_VALIDATION, scale), on_block), benchmark.table, encoded.d_sae
        )
        scores = ValidationScores.of(validation, by_domain=benchmark.by_domain)
        chosen = candidates(scores, self._worth_a_look(benchmark, validation) if is_sae else None)
        features = sorted({candidate.feature for candidate in chosen})
        test, traces = self.count(
            _watched(encoded.blocks(_TEST, scale), on_block),
            benchmark.table,
            encoded.d_sae,
            keep=features,
        )
        held_out = HeldOut(benchmark.table, traces, cluster=benchmark.cluster)
        best = sorted({c.feature for c in chosen if c.best_by_average_precision})
        return ScoredRepresentation(
            name=name,
            maxima=encoded.maxima,
            l0=encoded.n_entries / max(1, encoded.n_residues),
            validation=validation,
            validation_scores=scores,
            test=test,
            measured=self._measurement()(name, chosen, test, held_out, is_tested=is_sae),
            best_on_validation=(
                traces_of(encoded.blocks(_VALIDATION, scale), best, d_sae=encoded.d_sae)
                if is_sae
                else None
            ),
            best_on_test=traces,
        )

    def count(
        self,
        blocks: Iterator[FeatureBlock],
        table: ConceptTable,
        d_sae: int,
        *,
        keep: Sequence[int] = (),
    ) -> tuple[ConceptCounts, FeatureTraces]:
        """Counts over the proteins of normalised blocks, and traces of the features to keep.

        Counts over the parts of a store, each counted by a job of its own, merge by `+`.
        """
        counter = ConceptCounter(table=table, d_sae=d_sae, thresholds=self.thresholds)
        collector = TraceCollector(keep, d_sae=d_sae)
        for block in blocks:
            counter.add(block)
            collector.add(block)
        return counter.counts(), collector.traces()

    def _frequent(
        self, table: ConceptTable, splits: tuple[NDArray[np.bool_], ...]
    ) -> NDArray[np.bool_]:
        """Which concepts both splits have enough of, [n_concepts]."""
        enough = np.ones(len(table.concepts), np.bool_)
        for split in splits:
            part = table.subset(split)
            enough &= protocol_named(self.protocol).enough(
                table.concepts,
                n_residues=part.residue_counts(),
                n_domains=part.domain_counts(),
                min_residues=self.min_residues,
                min_domains=self.min_domains,
            )
        if not enough.any():
            raise UserError(
                f"No concept has {self.min_residues} residues or {self.min_domains} instances on "
                "both validation and test proteins: lower scoring.min_residues and "
                "scoring.min_domains, or annotate more proteins."
            )
        return enough

    def _worth_a_look(self, benchmark: Benchmark, validation: ConceptCounts) -> WorthALook:
        return WorthALook(
            f1=self.f1_floor,
            lift=self.lift_floor,
            n_best=self.n_best,
            is_annotation=benchmark.role("annotation"),
            is_amino_acid=benchmark.role("amino_acid"),
            prevalence=validation.prevalence,
        )

    def _measurement(self) -> Measurement:
        return Measurement(
            protocol=protocol_named(self.protocol),
            n_bootstraps=self.n_bootstraps,
            confidence=self.confidence,
            n_permutations=self.n_permutations,
            length_group=self.length_group,
            seed=self.seed,
        )


def traces_of(
    blocks: Iterator[FeatureBlock], features: Sequence[int], *, d_sae: int
) -> FeatureTraces:
    """Some features of all blocks."""
    collector = TraceCollector(features, d_sae=d_sae)
    for block in blocks:
        collector.add(block)
    return collector.traces()


def _watched(
    blocks: Iterator[FeatureBlock], on_block: Callable[[FeatureBlock], object]
) -> Iterator[FeatureBlock]:
    for block in blocks:
        on_block(block)
        yield block
