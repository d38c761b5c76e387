"""A small feature database with relations that hold, for tests of what reads one."""

import json

import numpy as np
import pandas as pd

from interplm.features.database.writer import meta_table

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


def pair(representation, concept, feature, f1, f1_validation, q_value=0.001):
    return {
        "representation": representation, "concept": concept, "feature": feature, "threshold": 0.5,
        "f1_validation": f1_validation, "precision": f1, "recall": f1, "f1": f1,
        "f1_residue": f1, "f1_low": f1 - 0.05, "f1_high": min(f1 + 0.05, 1.0),
        "average_precision": f1, "coverage": f1, "p_value": q_value, "q_value": q_value,
    }  # fmt: skip


PAIRS = pd.DataFrame(
    [
        pair("sae", "Zinc finger", 0, 0.9, 0.8),
        # Better on the test proteins, but not what validation chose.
        pair("sae", "Zinc finger", 1, 0.95, 0.7),
        pair("sae", "Helix & <b>turn</b>", 2, 0.3, 0.6, q_value=0.4),
        pair("sae", "Amino acid: C", 3, 0.99, 0.99),
        pair("neurons", "Zinc finger", 5, 0.4, 0.5),
        pair("neurons", "Amino acid: C", 6, 0.8, 0.8),
    ]
)


def tables() -> dict[str, pd.DataFrame]:
    concepts = ["Zinc finger", "Helix & <b>turn</b>", "Amino acid: C"]
    scores = [
        {
            "concept": row.concept, "feature": row.feature, "threshold": threshold, "split": split,
            "tp": 1, "fp": 1, "domains_hit": 1, "precision": 0.5, "recall": 0.25,
            "recall_domain": 0.75, "f1": 0.6, "f1_residue": 0.3,
        }
        for row in PAIRS[PAIRS.representation == "sae"].itertuples()
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
                "pattern": ["motif", "point", "whole", "point", "dead"],
                "label": ["Zinc finger", "Zinc finger", None, "Amino acid: C", None],
                "concept": ["Zinc finger", "Zinc finger", None, "Amino acid: C", None],
                "f1": [0.9, 0.95, None, 0.99, None],
                "family": ["Regions", "Regions", None, "Amino acids", None],
                "x": np.arange(n, dtype=float), "y": np.zeros(n), "histogram": [[0] * 50] * n,
            }
        ),
        "concepts": pd.DataFrame(
            {
                "concept": concepts, "category": ["Zinc finger", "Helix", "Amino acid"],
                "family": ["Regions", "Structure", "Amino acids"],
                "kind": ["domain", "domain", "residue"], "n_residues_validation": 9,
                "n_domains_validation": 3, "n_residues_test": 9, "n_domains_test": 3,
            }
        ),
        "scores": pd.DataFrame(scores),
        "pairs": PAIRS,
        "proteins": pd.DataFrame(
            {
                "accession": ["P2", "P1"], "name": ["two", "one"], "sequence": ["AC" * 5, "C" * 20],
                "length": [10, 20], "labels": json.dumps({}), "alphafold": [True, False],
                "split": ["test", "validation"],
            }
        ),
        "annotations": pd.DataFrame(
            {
                "accession": ["P2"], "concept": ["Zinc finger"], "start": [1], "stop": [4],
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
