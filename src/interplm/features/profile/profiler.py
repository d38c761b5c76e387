"""All that is known of features besides their scores, from one pass over their activations."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from torch import Tensor

from interplm.concepts import AnnotatedProtein
from interplm.errors import UserError
from interplm.features.encoding.blocks import FeatureBlock
from interplm.features.profile.coactivation import CoactivationAccumulator
from interplm.features.profile.enrichment import StrongProteins, enriched_labels
from interplm.features.profile.examples import ExampleAccumulator
from interplm.features.profile.feature_map import feature_map
from interplm.features.profile.firing import runs_of
from interplm.features.profile.neighbours import decoder_neighbours
from interplm.features.profile.patterns import classify_patterns
from interplm.features.profile.sampling import protein_priorities
from interplm.features.profile.stability import Stability
from interplm.features.profile.statistics import StatisticsAccumulator
from interplm.features.profile.tables import (
    coactivation_table,
    enrichment_table,
    example_table,
    feature_table,
    neighbour_table,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSettings:
    """How much is kept of each feature.

    Args:
        n_top_examples: proteins on which it is strongest.
        n_bucket_examples: proteins of every other strength.
        max_products: budget of co-activation, see CoactivationAccumulator.
        n_coactive: features that fire with it.
        n_neighbours: features with similar decoder directions.
        map_neighbours: see feature_map.
        map_min_dist: see feature_map.
        map_seed: see feature_map.
        strong_above: fraction of the maximum that a protein passes to count as strong.
        min_label_proteins: that carry a label for it to be tested.
        max_label_q: largest q-value of a label.
        n_labels: enriched labels.

    Raises:
        UserError: for a setting out of range.
    """

    n_top_examples: int
    n_bucket_examples: int
    max_products: int
    n_coactive: int
    n_neighbours: int
    map_neighbours: int
    map_min_dist: float
    map_seed: int
    strong_above: float
    min_label_proteins: int
    max_label_q: float
    n_labels: int

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type is int and field.name != "map_seed" and value < 1:
                raise UserError(f"profile.{field.name} must be at least 1, got {value}.")
            if field.type is float and not 0 <= value <= 1:
                raise UserError(f"profile.{field.name} must be in [0, 1], got {value}.")


class FeatureProfiler:
    """Takes blocks of normalised features, whole proteins each once, and makes tables of them.

    Args:
        settings: see there.
        d_sae: number of features.
        accessions: of all proteins, as the blocks number them.
    """

    def __init__(self, settings: ProfileSettings, *, d_sae: int, accessions: Sequence[str]) -> None:
        self._settings = settings
        self._d_sae = d_sae
        self._accessions = accessions
        priorities = protein_priorities(accessions)
        self._statistics = StatisticsAccumulator(d_sae=d_sae)
        self._examples = ExampleAccumulator(
            d_sae=d_sae,
            n_top=settings.n_top_examples,
            n_per_bucket=settings.n_bucket_examples,
            priorities=priorities,
        )
        self._coactivation = CoactivationAccumulator(
            d_sae=d_sae, max_products=settings.max_products, priorities=priorities
        )
        self._strong = StrongProteins(
            n_proteins=len(accessions), d_sae=d_sae, threshold=settings.strong_above
        )

    def add(self, block: FeatureBlock) -> None:
        """Take a block into every account."""
        runs = runs_of(block, d_sae=self._d_sae)
        self._statistics.add(block)
        self._coactivation.add(block)
        self._examples.add(runs)
        self._strong.add(runs)

    def merge(self, other: "FeatureProfiler") -> None:
        """Take what another profiler found on other proteins, numbered alike."""
        self._statistics.merge(other._statistics)
        self._coactivation.merge(other._coactivation)
        self._examples.merge(other._examples)
        self._strong.merge(other._strong)

    def tables(
        self,
        *,
        maxima: Tensor,
        W_dec: Tensor,
        proteins: Sequence[AnnotatedProtein],
        labels: pd.DataFrame,
        stability: Stability,
    ) -> dict[str, pd.DataFrame]:
        """The tables features, examples, coactivation, neighbours and enrichment, by name.

        Args:
            maxima: of each feature, [d_sae].
            W_dec: decoder of the SAE, [d_sae, d_in].
            proteins: as the blocks number them, with their sequences.
            labels: see `interplm.features.scoring.labels`.
            stability: see there.
        """
        settings, statistics = self._settings, self._statistics.compute()
        examples = self._examples.compute()
        lengths = np.array([len(protein.sequence) for protein in proteins])
        features = feature_table(
            maxima=maxima.numpy(),
            statistics=statistics,
            patterns=classify_patterns(examples.top(), lengths, n_active=statistics.n_active),
            places=feature_map(
                W_dec,
                n_neighbors=settings.map_neighbours,
                min_dist=settings.map_min_dist,
                seed=settings.map_seed,
            ),
            labels=labels,
            stability=stability,
        )
        enriched = enriched_labels(
            self._strong.matrix(),
            [protein.labels for protein in proteins],
            min_proteins=settings.min_label_proteins,
            max_q=settings.max_label_q,
            n_labels=settings.n_labels,
        )
        coactive = self._coactivation.compute(n_others=settings.n_coactive)
        return {
            "features": features,
            "examples": example_table(examples, self._accessions),
            "coactivation": coactivation_table(coactive),
            "neighbours": neighbour_table(
                decoder_neighbours(W_dec, n_others=settings.n_neighbours)
            ),
            "enrichment": enrichment_table(enriched),
        }
