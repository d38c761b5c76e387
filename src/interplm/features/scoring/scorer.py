"""Features against concepts: chosen on validation proteins, measured on test proteins."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from interplm.activations.shard import ShardHeader
from interplm.concepts.table import ConceptTable
from interplm.errors import UserError
from interplm.features.encoding.blocks import FeatureBlock, feature_blocks
from interplm.features.encoding.located import LocatedProteins, locate
from interplm.features.encoding.maxima import feature_maxima
from interplm.features.encoding.representations import NormalizedRepresentation, Representation
from interplm.features.encoding.traces import FeatureTraces, TraceCollector
from interplm.features.scoring.counting import ConceptCounter
from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.held_out import HeldOut
from interplm.features.scoring.measurement import Measurement, PairScores
from interplm.features.scoring.protocols import protocol_named
from interplm.features.scoring.selection import Pair, select_pairs
from interplm.sae.normalized import scale_of_maxima

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredRepresentation:
    """All that scoring finds of one representation.

    Attributes:
        maxima: float32 [d_sae], 0 for features that never fired.
        validation: counts over validation proteins.
        test: counts over test proteins.
        pairs: on test proteins.
    """

    maxima: Tensor
    validation: ConceptCounts
    test: ConceptCounts
    pairs: tuple[PairScores, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptScorer:
    """How representations are scored: an SAE and its baselines alike.

    `score` does everything in one process. A job for some shards of a store calls `maxima` or
    `count` with `located` of its shards; maxima merge by `torch.maximum`, counts by `+`.

    Args:
        thresholds: ascending fractions of each feature's maximum.
        protocol: "held_out", or "original" for the original toolkit's way.
        min_residues: of a concept on each split, or else
        min_domains: instances of it.
        f1_floor: pairs with this validation F1 are measured beside the best one of each concept.
        n_bootstraps: samples of proteins.
        confidence: of the intervals.
        n_permutations: of the annotations.
        length_group: proteins of similar length among which annotations are moved.
        residues_per_batch: that are encoded together.
        seed: of samples and permutations.

    Raises:
        UserError: for a setting out of range.
    """

    thresholds: Sequence[float]
    protocol: str
    min_residues: int
    min_domains: int
    f1_floor: float
    n_bootstraps: int
    confidence: float
    n_permutations: int
    length_group: int
    residues_per_batch: int
    seed: int

    def __post_init__(self) -> None:
        protocol_named(self.protocol)
        for name in ("n_bootstraps", "n_permutations", "residues_per_batch", "length_group"):
            if getattr(self, name) < 1:
                raise UserError(f"scoring.{name} must be at least 1, got {getattr(self, name)}.")
        if not 0 < self.confidence < 1:
            raise UserError(f"scoring.confidence must be within (0, 1), got {self.confidence}.")
        ascends = np.all(np.diff(np.asarray(self.thresholds, dtype=np.float32)) > 0)
        if not len(self.thresholds) or self.thresholds[0] < 0 or not ascends:
            raise UserError(
                f"scoring.thresholds must ascend from 0 or more, got {list(self.thresholds)}."
            )

    def score(
        self,
        representation: Representation,
        shards: Sequence[ShardHeader],
        table: ConceptTable,
        *,
        in_validation: NDArray[np.bool_],
        in_test: NDArray[np.bool_],
        device: torch.device | str,
        description: str,
        on_block: Callable[[FeatureBlock], object] = lambda block: None,
    ) -> ScoredRepresentation:
        """Maxima, counts, choice and measurement, in two passes over the activations.

        Args:
            representation: on `device`, not normalised.
            shards: of the activation store.
            table: of the concepts.
            in_validation: mask of the table's proteins, [n_proteins].
            in_test: mask of others.
            device: of the representation.
            description: of the representation, for the progress bars.
            on_block: given every block of normalised features, of validation and test proteins.

        Raises:
            UserError: if the splits overlap, or no concept is frequent enough on both.
        """
        located = locate(shards, table)
        table = self.frequent(table, located, in_validation=in_validation, in_test=in_test)
        maxima = self.maxima(representation, located, device=device, description=description)
        normalized = NormalizedRepresentation(representation, scale_of_maxima(maxima).to(device))
        validation, _ = self.count(
            normalized,
            located.only(in_validation),
            table,
            device=device,
            description=f"{description}, validation",
            on_block=on_block,
        )
        pairs = self.select(validation)
        test, columns = self.count(
            normalized,
            located.only(in_test),
            table,
            device=device,
            description=f"{description}, test",
            keep=[pair.feature for pair in pairs],
            on_block=on_block,
        )
        measured = self.measure(pairs, test, HeldOut(table, columns))
        return ScoredRepresentation(maxima=maxima, validation=validation, test=test, pairs=measured)

    def frequent(
        self,
        table: ConceptTable,
        located: LocatedProteins,
        *,
        in_validation: NDArray[np.bool_],
        in_test: NDArray[np.bool_],
    ) -> ConceptTable:
        """The table with the concepts that both splits have enough of.

        Args:
            table: of all concepts.
            located: in all shards of the store.
            in_validation: mask of the table's proteins.
            in_test: mask of others.

        Raises:
            UserError: see `score`.
        """
        if (in_validation & in_test).any():
            raise UserError("Validation and test proteins must be different ones.")
        is_located = located.is_located
        if not is_located.all():
            log.warning(
                "%d of %d annotated proteins have no activations and are left out.",
                (~is_located).sum(),
                len(is_located),
            )
        enough = np.ones(len(table.concepts), np.bool_)
        for split in (in_validation, in_test):
            part = table.subset(split & is_located)
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
        return table.with_concepts(enough)

    def maxima(
        self,
        representation: Representation,
        located: LocatedProteins,
        *,
        device: torch.device | str,
        description: str,
    ) -> Tensor:
        """Of each feature over all located proteins, [d_sae]; no annotation is looked at."""
        with _bar(located, f"{description}, maxima") as bar:
            return feature_maxima(
                representation,
                located.blocks(),
                residues_per_batch=self.residues_per_batch,
                device=device,
                on_progress=bar.update,
            )

    def count(
        self,
        representation: NormalizedRepresentation,
        located: LocatedProteins,
        table: ConceptTable,
        *,
        device: torch.device | str,
        description: str,
        keep: Sequence[int] = (),
        on_block: Callable[[FeatureBlock], object] = lambda block: None,
    ) -> tuple[ConceptCounts, FeatureTraces]:
        """Counts over the located proteins, and the values of the features to keep there."""
        counter = ConceptCounter(
            table=table, d_sae=representation.d_sae, thresholds=self.thresholds
        )
        collector = TraceCollector(sorted(set(keep)), d_sae=representation.d_sae)
        with _bar(located, description) as bar:
            for block in feature_blocks(
                representation,
                located.blocks(),
                residues_per_batch=self.residues_per_batch,
                device=device,
                on_progress=bar.update,
            ):
                counter.add(block)
                collector.add(block)
                on_block(block)
        return counter.counts(), collector.columns()

    def select(self, validation: ConceptCounts) -> list[Pair]:
        """Pairs chosen on validation proteins."""
        by_domain = protocol_named(self.protocol).domain_mask(validation.concepts)
        return select_pairs(validation, by_domain=by_domain, f1_floor=self.f1_floor)

    def measure(
        self, pairs: Sequence[Pair], test: ConceptCounts, held_out: HeldOut
    ) -> tuple[PairScores, ...]:
        """Chosen pairs on test proteins."""
        measurement = Measurement(
            protocol=protocol_named(self.protocol),
            n_bootstraps=self.n_bootstraps,
            confidence=self.confidence,
            n_permutations=self.n_permutations,
            length_group=self.length_group,
            seed=self.seed,
        )
        return measurement(pairs, test, held_out)


def _bar(located: LocatedProteins, description: str) -> tqdm:
    return tqdm(total=located.n_residues, unit="residue", unit_scale=True, desc=description)
