"""Scores, proteins and annotations as tables of the feature database."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from interplm.concepts import AnnotatedProtein, Concept
from interplm.features.database.frames import frame
from interplm.features.database.records import Annotation, ConceptRow, Pair, Score
from interplm.features.scoring.benchmark import Benchmark
from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.metrics import MEASURES

_SCORED = tuple(name for name in MEASURES if name in Score.__dataclass_fields__)


def concept_table(
    benchmark: Benchmark,
    validation: ConceptCounts,
    test: ConceptCounts,
    pairs: Sequence[Pair],
) -> pd.DataFrame:
    """The table `concepts`.

    Args:
        benchmark: what was scored.
        validation: counts of any representation.
        test: see there.
        pairs: the SAE's.
    """
    best = {pair.concept: pair for pair in pairs if pair.best_by_average_precision}
    n_clusters = benchmark.table.on(benchmark.in_test).carriers(benchmark.cluster)
    every = np.arange(len(test.concepts))
    constant = test.detection(every, by_domain=benchmark.by_domain).f1_constant
    return frame(
        ConceptRow,
        [
            ConceptRow(
                concept=concept.name,
                aliases=concept.aliases,
                category=concept.category,
                family=concept.family,
                kind="domain" if benchmark.by_domain[number] else "residue",
                role=concept.role,
                n_residues_validation=int(validation.n_residues[number]),
                n_domains_validation=int(validation.n_domains[number]),
                n_residues_test=int(test.n_residues[number]),
                n_domains_test=int(test.n_domains[number]),
                n_clusters_test=int(n_clusters[number]),
                prevalence=float(test.prevalence[number]),
                f1_constant=float(constant[number]),
                position_explains=_position_explains(best.get(concept.name)),
            )
            for number, concept in enumerate(test.concepts)
        ],
    )


def _position_explains(pair: Pair | None) -> bool | None:
    if pair is None or pair.f1_position is None:
        return None
    return pair.position_explains


def score_table(
    validation: ConceptCounts,
    test: ConceptCounts,
    pairs: Sequence[Pair],
    *,
    by_domain: NDArray[np.bool_],
) -> pd.DataFrame:
    """The table `scores`: the SAE's pairs at all thresholds.

    Args:
        validation: counts of the SAE.
        test: see there.
        pairs: which.
        by_domain: whether each concept's recall counts instances, [n_concepts].
    """
    number = {concept.name: index for index, concept in enumerate(test.concepts)}
    concept = np.array([number[pair.concept] for pair in pairs], np.int64)
    feature = np.array([pair.feature for pair in pairs], np.int64)
    names = np.array([pair.concept for pair in pairs], object)
    parts = [
        _scores_at(counts, threshold, concept, feature, by_domain[concept]).assign(
            concept=names, feature=feature, split=split
        )
        for split, counts in (("validation", validation), ("test", test))
        for threshold in range(len(counts.thresholds))
    ]
    return pd.concat(parts, ignore_index=True)


def _scores_at(
    counts: ConceptCounts,
    threshold: int,
    concept: NDArray[np.int64],
    feature: NDArray[np.int64],
    by_domain: NDArray[np.bool_],
) -> pd.DataFrame:
    place = (concept, feature, np.full_like(feature, threshold))
    detection = counts.detection(place, by_domain=by_domain)
    measures = {name: getattr(detection, name) for name in _SCORED}
    tp, firing = np.asarray(detection.tp), np.asarray(detection.firing)
    return pd.DataFrame(
        {
            "threshold": counts.thresholds[threshold],
            "tp": tp,
            "fp": firing - tp,
            "n_found": detection.n_found,
        }
        | measures
    )


def protein_table(
    proteins: Sequence[AnnotatedProtein], splits: Sequence[str], clusters: Sequence[str]
) -> pd.DataFrame:
    """The table `proteins`.

    Args:
        proteins: with their sequences.
        splits: validation or test, of each.
        clusters: name of the cluster of each.
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
            "cluster": clusters,
        }
    )


def annotation_table(
    proteins: Sequence[AnnotatedProtein], concepts: Mapping[str, Concept]
) -> pd.DataFrame:
    """The table `annotations`: every instance of a concept that was scored."""
    return frame(
        Annotation,
        [
            Annotation(
                accession=span.accession,
                concept=span.concept,
                family=concepts[span.concept].family,
                start=span.start,
                stop=span.stop,
                ends_only=span.ends_only,
                note=span.note,
                evidence=", ".join(span.evidence),
            )
            for protein in proteins
            for span in protein.spans
            if span.concept in concepts
        ],
    )
