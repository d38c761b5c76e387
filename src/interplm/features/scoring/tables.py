"""Scores, proteins and annotations as tables of the feature database."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from interplm.concepts import AnnotatedProtein, Concept
from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.measurement import PairScores
from interplm.features.scoring.selection import scores_of


def concept_table(
    validation: ConceptCounts, test: ConceptCounts, *, by_domain: NDArray[np.bool_]
) -> pd.DataFrame:
    """The table `concepts`, of those that were scored.

    Args:
        validation: counts of any representation.
        test: see there.
        by_domain: whether each concept's recall counts instances, [n_concepts].
    """
    columns: dict[str, Any] = {
        "concept": [concept.name for concept in test.concepts],
        "category": [concept.category for concept in test.concepts],
        "family": [concept.family for concept in test.concepts],
        "kind": np.where(by_domain, "domain", "residue"),
    }
    for split, counts in (("validation", validation), ("test", test)):
        columns[f"n_residues_{split}"] = counts.n_residues
        columns[f"n_domains_{split}"] = counts.n_domains
    return pd.DataFrame(columns)


def score_table(
    validation: ConceptCounts,
    test: ConceptCounts,
    *,
    by_domain: NDArray[np.bool_],
    floor: float,
) -> pd.DataFrame:
    """The table `scores`: all thresholds of pairs whose best validation F1 reaches a floor.

    Args:
        validation: counts of the SAE.
        test: see there.
        by_domain: whether each concept's recall counts instances, [n_concepts].
        floor: of the best F1 over thresholds.
    """
    parts = []
    for number, domain in enumerate(by_domain):
        f1 = scores_of(validation, number, by_domain=bool(domain)).f1
        features = np.flatnonzero(f1.max(axis=1) >= max(floor, np.finfo(float).tiny))
        for split, counts in (("validation", validation), ("test", test)):
            parts.append(_concept_scores(counts, number, features, bool(domain), split))
    return pd.concat(parts, ignore_index=True)


def _concept_scores(
    counts: ConceptCounts, number: int, features: NDArray[np.int64], by_domain: bool, split: str
) -> pd.DataFrame:
    """Rows of one concept and split, by feature and threshold."""
    scores = scores_of(counts, number, by_domain=by_domain)
    n_thresholds = len(counts.thresholds)
    measures = ("precision", "recall", "recall_domain", "f1", "f1_residue")
    tp = counts.tp[number, features]
    return pd.DataFrame(
        {
            "concept": counts.concepts[number].name,
            "feature": np.repeat(features, n_thresholds),
            "threshold": np.tile(counts.thresholds, len(features)),
            "split": split,
            "tp": tp.ravel(),
            "fp": (counts.firing[features] - tp).ravel(),
            "domains_hit": counts.domains_hit[number, features].ravel(),
        }
        | {name: getattr(scores, name)[features].ravel() for name in measures}
    )


def pair_table(pairs: Mapping[str, Sequence[PairScores]]) -> pd.DataFrame:
    """The table `pairs`, of every representation by name."""
    names = (
        "concept", "feature", "threshold", "f1_validation", "precision", "recall", "f1",
        "f1_residue", "f1_low", "f1_high", "average_precision", "coverage", "p_value", "q_value",
    )  # fmt: skip
    rows = [
        {"representation": representation} | {name: getattr(pair, name) for name in names}
        for representation, found in pairs.items()
        for pair in found
    ]
    return pd.DataFrame(rows, columns=["representation", *names])


def protein_table(proteins: Sequence[AnnotatedProtein], splits: Sequence[str]) -> pd.DataFrame:
    """The table `proteins`.

    Args:
        proteins: with their sequences.
        splits: validation or test, of each.
    """
    return pd.DataFrame(
        {
            "accession": [protein.accession for protein in proteins],
            "name": [protein.name for protein in proteins],
            "sequence": [protein.sequence for protein in proteins],
            "length": [len(protein.sequence) for protein in proteins],
            "labels": [json.dumps(protein.labels) for protein in proteins],
            "alphafold": [protein.alphafold for protein in proteins],
            "split": splits,
        }
    )


def annotation_table(
    proteins: Sequence[AnnotatedProtein], concepts: Mapping[str, Concept]
) -> pd.DataFrame:
    """The table `annotations`: every instance of a concept that was scored."""
    names = ("accession", "concept", "start", "stop", "ends_only", "note")
    spans = [span for protein in proteins for span in protein.spans if span.concept in concepts]
    columns: dict[str, Any] = {name: [getattr(span, name) for span in spans] for name in names}
    return pd.DataFrame(columns | {"evidence": [", ".join(span.evidence) for span in spans]})
