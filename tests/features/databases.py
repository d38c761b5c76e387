"""A small feature database with relations that hold, for tests of what reads one."""

import json

import numpy as np
import pandas as pd

from interplm.features.database.frames import frame
from interplm.features.database.records import (
    ConceptRow,
    Difference,
    Pair,
    ProteinVerdict,
    RareConcept,
    RepresentationSummary,
    Score,
)
from interplm.features.database.writer import meta_table, open_database

THRESHOLDS = (0.0, 0.5, 0.8)
META = {
    "plm": "esm2_demo", "layer": 3, "architecture": "topk", "settings": {"k": 8},
    "dataset": {"name": "demo", "n_proteins": 2, "n_residues": 30},
    "figures": {"explained_variance": 0.9123, "l0": 31.64},
    "annotations": "3 concepts.", "split": "1 validation and 1 test protein.",
    "protocol": "held_out: chosen on validation proteins.", "thresholds": "0, 0.5, 0.8.",
    "null": "1,000 permutations.", "rejected": {"unknown position": 1234, "odd": 2},
    "created": "2025-01-02T03:04:05+00:00",
}  # fmt: skip


def contents(database):
    """Every row of every table in order, but for the time at which it was written."""
    with open_database(database) as connection:
        names = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    rows["meta"] = [row for row in rows["meta"] if row[0] != "created"]
    # NaN equals NaN in text.
    return {name: repr(found) for name, found in rows.items()}


def pair(representation, concept, feature, f1, f1_validation, q_value=0.001, best=True):
    return Pair(
        representation=representation, concept=concept, feature=feature, threshold=0.5,
        threshold_residue=0.0, best_by_average_precision=best, best_by_f1=best,
        best_by_f1_residue=best, is_label=representation == "sae",
        average_precision_validation=f1_validation, f1_validation=f1_validation,
        f1_residue_validation=f1_validation, average_precision=f1,
        average_precision_low=f1 - 0.05 if best else None,
        average_precision_high=min(f1 + 0.05, 1.0) if best else None,
        margin=f1 - 0.4 if representation == "sae" else None, precision=f1, recall=f1,
        precision_low=max(0.0, f1 - 0.1), precision_high=1.0,
        precision_residue=f1, recall_residue=f1 / 2, f1=f1,
        f1_low=f1 - 0.05, f1_high=min(f1 + 0.05, 1.0),
        f1_corrected=f1 - 0.1, f1_residue=f1 * 0.9, matthews=f1, n_found=2, coverage=f1,
        f1_position=0.1, p_value=q_value, q_value=q_value,
    )  # fmt: skip


PAIR_RECORDS = [
    pair("sae", "Zinc finger", 0, 0.9, 0.8),
    # Better on the test proteins, but not what validation chose.
    pair("sae", "Zinc finger", 1, 0.95, 0.7, best=False),
    pair("sae", "Helix & <b>turn</b>", 2, 0.3, 0.6, q_value=0.4),
    pair("sae", "Amino acid: C", 3, 0.99, 0.99),
    pair("neurons", "Zinc finger", 5, 0.4, 0.5),
    pair("neurons", "Amino acid: C", 6, 0.8, 0.8),
]
PAIRS = frame(Pair, PAIR_RECORDS)


def concept(name, category, family, kind, role, **changes):
    values = {
        "aliases": (), "n_residues_validation": 9, "n_domains_validation": 3,
        "n_residues_test": 9, "n_domains_test": 3, "n_clusters_test": 2, "prevalence": 0.03,
        "f1_constant": 0.06, "position_explains": False,
    } | changes  # fmt: skip
    return ConceptRow(
        concept=name, category=category, family=family, kind=kind, role=role, **values
    )


CONCEPTS = [
    concept(
        "Zinc finger", "Zinc finger", "Regions", "domain", "annotation",
        aliases=("Zinc finger: any", "Zinc finger: <i>C2H2</i>"),
    ),
    concept("Helix & <b>turn</b>", "Helix", "Structure", "domain", "annotation",
            prevalence=0.2, f1_constant=0.33, position_explains=True),
    concept("Strand", "Beta strand", "Structure", "domain", "annotation"),
    concept("Amino acid: C", "Amino acid", "Amino acids", "residue", "amino_acid"),
]  # fmt: skip


def summary(representation, baseline, mean, **changes):
    values = {
        "n_features": 5, "n_silent": 1, "l0": 2.5, "n_concepts": 3,
        "mean_average_precision": mean, "mean_average_precision_low": mean - 0.05,
        "mean_average_precision_high": mean + 0.05, "mean_chance": 0.08, "n_covered": 1,
        "n_covered_corrected": 1, "n_covered_residue": 0, "mean_f1": mean,
        "n_features_with_concept": 2, "n_controls": 2, "n_controls_covered": 0,
        "controls_mean_average_precision": 0.03, "controls_mean_chance": 0.02,
        "n_amino_acids": 1, "n_amino_acids_covered": 1,
    } | changes  # fmt: skip
    return RepresentationSummary(representation=representation, baseline=baseline, **values)


SUMMARIES = [
    summary("sae", "sae", 0.44),
    summary("neurons", "neurons", 0.2, n_covered=0),
    summary("random_sae_seed0", "random_sae", 0.45),
    summary("random_sae_seed1", "random_sae", 0.49, n_covered=2, n_controls_covered=1),
]


def difference(baseline, mean, n_ahead):
    return Difference(
        baseline=baseline, n_concepts=3, n_ahead=n_ahead, n_behind=3 - n_ahead, difference=mean,
        concepts_low=mean - 0.1, concepts_high=mean + 0.1, clusters_low=mean - 0.05,
        clusters_high=mean + 0.05,
    )  # fmt: skip


DIFFERENCES = [
    difference("neurons", 0.24, 3), difference("random_sae", -0.03, 1),
    difference("random_sae_seed0", -0.01, 1), difference("random_sae_seed1", -0.05, 1),
]  # fmt: skip
VERDICTS = [
    ProteinVerdict(
        concept="Zinc finger", feature=0, accession=accession, verdict=verdict, n_domains=n,
        n_found=n if verdict == "found" else 0, n_outside=1, strength=strength,
    )
    for accession, verdict, n, strength in (("P2", "found", 1, 0.9), ("P1", "extra", 0, 0.6))
]  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    scores = [
        Score(
            concept=row.concept, feature=row.feature, threshold=threshold, split=split, tp=1, fp=1,
            n_found=1, precision=0.5, recall=0.75, recall_residue=0.25, f1=0.6, f1_residue=0.3,
        )
        for row in PAIR_RECORDS if row.representation == "sae"
        for threshold in THRESHOLDS
        for split in ("validation", "test")
    ]  # fmt: skip
    n = 5
    return {
        "meta": meta_table(META),
        "features": pd.DataFrame(
            {
                "feature": range(n), "scale": [2.0, 1, 1, 1, 0], "n_active": [3, 1, 20, 2, 0],
                "density": [0.1, 0.03, 0.6, 0.06, 0], "mean_activation": [0.5, 0.5, 0.5, 0.5, 0],
                "pattern": ["motif", "point", "whole", "point", "silent"],
                "label": ["Zinc finger", "Zinc finger", None, "Amino acid: C", None],
                "concept": ["Zinc finger", "Zinc finger", None, "Amino acid: C", None],
                "average_precision": [0.9, 0.95, None, 0.99, None],
                "margin": [0.5, 0.55, None, 0.19, None],
                "f1": [0.9, 0.95, None, 0.99, None],
                "f1_residue": [0.8, 0.4, None, 0.9, None],
                "strength": ["follows", "marks", None, "follows", None],
                "n_sisters": 2, "n_reappears": [2, 1, 0, 2, 0],
                "sister_cosine": [0.9, 0.6, 0.2, 0.9, 0.1],
                "sister_correlation": [0.9, 0.6, 0.2, 0.9, 0.0],
                "family": ["Regions", "Regions", None, "Amino acids", None],
                "x": np.arange(n, dtype=float), "y": np.zeros(n), "histogram": [[0] * 50] * n,
            }
        ),
        "concepts": frame(ConceptRow, CONCEPTS),
        "rare_concepts": frame(
            RareConcept,
            [
                RareConcept(
                    concept="Motif: DEAD box", category="Motif", family="Regions", n_domains=3,
                    n_proteins=2, reason="fewer than 20 instances",
                )
            ],
        ),
        "representations": frame(RepresentationSummary, SUMMARIES),
        "differences": frame(Difference, DIFFERENCES),
        "scores": frame(Score, scores),
        "pairs": PAIRS,
        "verdicts": frame(ProteinVerdict, VERDICTS),
        "proteins": pd.DataFrame(
            {
                "accession": ["P2", "P1"], "name": ["two", "one"], "sequence": ["AC" * 5, "C" * 20],
                "length": [10, 20], "labels": json.dumps({}), "alphafold": [True, False],
                "split": ["test", "validation"], "cluster": ["P1", "P1"],
            }
        ),
        "annotations": pd.DataFrame(
            {
                "accession": ["P2"], "concept": ["Zinc finger"], "family": ["Regions"],
                "start": [1], "stop": [4],
                "ends_only": [False], "note": [""], "evidence": ["ECO:0000255"],
            }
        ),
        "examples": pd.DataFrame(
            {
                "feature": [1, 0, 0], "bucket": ["top", "top", "top"], "rank": [0, 1, 0],
                "accession": ["P1", "P1", "P2"], "maximum": [1.0, 0.7, 1.0], "peak": [3, 2, 2],
                "positions": [np.array([3]), np.array([2, 4]), np.array([1, 2, 7])],
                "activations": [
                    np.array([1.0]), np.array([0.7, 0.1]), np.array([0.5, 1.0, 0.25])
                ],
            }
        ),
        "coactivation": pd.DataFrame(
            {"feature": [0], "other": [1], "n_both": [1], "jaccard": [0.5], "rank": [0]}
        ),
        "neighbours": pd.DataFrame(
            {"feature": [0], "other": [2], "cosine": [0.75], "rank": [0]}
        ),
        "enrichment": pd.DataFrame(
            {
                "feature": [0], "label": ["2.7.-.-"], "kind": ["EC number"], "n": [3],
                "n_background": [4], "odds_ratio": [9.5], "q_value": [0.01],
            }
        ),
    }  # fmt: skip
