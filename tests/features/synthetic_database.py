"""A feature database of any size, with relations that hold, from the demo proteome.

Three of four features that fire detect a concept: their examples peak on its spans.

    python tests/features/synthetic_database.py features.duckdb 10240 20000
"""

import json
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from interplm.demo import DemoProtein, generate_proteome
from interplm.features.database.records import BUCKETS
from interplm.features.database.schema import SCHEMA_VERSION, TABLES

FAMILIES = {
    "Signal peptide": "Targeting", "Transit peptide": "Targeting", "Motif": "Targeting",
    "Zinc finger": "Domain", "Domain": "Domain", "Coiled coil": "Structure",
    "Helix": "Structure", "Beta strand": "Structure", "Disulfide bond": "Structure",
    "Binding site": "Function", "Active site": "Function", "Region": "Composition",
    "Compositional bias": "Composition",
}  # fmt: skip
PATTERNS = ("motif", "domain", "point", "periodic", "other", "whole")
THRESHOLDS = (0.0, 0.15, 0.5, 0.6, 0.8)
N_EXAMPLES = {bucket: 12 if bucket == "top" else 5 for bucket in BUCKETS}


def write_database(
    path: Path, *, n_features: int, n_proteins: int, seed: int = 0,
    scales: np.ndarray | None = None, **meta: object,
) -> Path:  # fmt: skip
    """Write all tables of the schema; `meta` replaces entries of the table of that name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    proteome = generate_proteome(n_proteins=n_proteins, seed=seed)
    spans = annotations(proteome)
    concepts = concept_table(spans)
    features = feature_table(rng, n_features, concepts)
    if scales is not None:
        features.scale = np.where(features.scale > 0, scales, 0)
    pairs = pair_table(rng, features, concepts)
    tables = {
        "meta": meta_table(n_features, n_proteins, meta),
        "features": features,
        "concepts": concepts,
        "scores": score_table(pairs),
        "pairs": pairs,
        "proteins": protein_table(proteome),
        "annotations": spans,
        "examples": example_table(rng, features, proteome, spans),
        "coactivation": related_table(rng, n_features, "jaccard"),
        "neighbours": related_table(rng, n_features, "cosine"),
        "enrichment": enrichment_table(features),
    }
    with duckdb.connect(str(path)) as connection:
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {name} ({columns})")
            table = tables[name]
            connection.register("given", table)
            connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")
            connection.unregister("given")
    return path


def meta_table(n_features: int, n_proteins: int, changes: dict[str, object]) -> pd.DataFrame:
    values = {
        "schema_version": SCHEMA_VERSION,
        "plm": "esm2_demo",
        "layer": 3,
        "architecture": "topk",
        "settings": {"d_sae": n_features, "k": 32},
        "dataset": {"name": "synthetic", "n_proteins": n_proteins},
        "figures": {
            "explained_variance": 0.912, "l0": 31.6, "dead_percent": 0.41,
            "dense_percent": 0.2, "fidelity": 0.987,
        },
        "split": "half of the proteins for choosing, half for measuring",
        "protocol": "thresholds chosen on validation proteins",
        "created": "2025-01-01T00:00:00+00:00",
    } | changes  # fmt: skip
    return pd.DataFrame({"key": values.keys(), "value": [json.dumps(v) for v in values.values()]})


def protein_table(proteome: list[DemoProtein]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "accession": p.accession,
            "name": p.name,
            "sequence": p.sequence,
            "length": len(p.sequence),
            "labels": json.dumps({"EC number": ["3.4.21.-"]} if number % 7 == 0 else {}),
            "alphafold": False,
            "split": ("validation", "test")[number % 2],
        }
        for number, p in enumerate(proteome)
    )


def annotations(proteome: list[DemoProtein]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "accession": protein.accession,
            "concept": f.concept,
            "start": f.start - 1,
            "stop": f.end,
            "ends_only": f.concept == "Disulfide bond",
            "note": dict(f.qualifiers).get("note", ""),
            "evidence": "ECO:0000255",
        }
        for protein in proteome
        for f in protein.features
    )


def concept_table(spans: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for concept, group in spans.groupby("concept"):
        category = concept.split(":")[0]
        n_residues = int((group.stop - group.start).sum())
        rows.append(
            {
                "concept": concept, "category": category,
                "family": FAMILIES.get(category, "Modification"),
                "kind": "domain" if n_residues > 3 * len(group) else "residue",
                "n_residues_validation": n_residues // 2, "n_domains_validation": len(group) // 2,
                "n_residues_test": n_residues - n_residues // 2,
                "n_domains_test": len(group) - len(group) // 2,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def feature_table(
    rng: np.random.Generator, n_features: int, concepts: pd.DataFrame
) -> pd.DataFrame:
    number = np.arange(n_features)
    dead = number % 97 == 96
    has_concept = (number % 4 != 3) & ~dead
    chosen = concepts.iloc[number % len(concepts)].reset_index(drop=True)
    f1 = rng.beta(4, 3, n_features).astype(np.float32)
    angle = (number % len(concepts)) / len(concepts) * 2 * np.pi
    radius = np.where(has_concept, 6.0, 2.0)
    x, y = (radius * f(angle) + rng.normal(0, 1.1, n_features) for f in (np.cos, np.sin))
    density = 10 ** rng.uniform(-4.5, -1, n_features)
    return pd.DataFrame(
        {
            "feature": number,
            "scale": np.where(dead, 0, rng.uniform(1, 9, n_features)),
            "n_active": np.where(dead, 0, density * 1e6).astype(int),
            "density": np.where(dead, 0, density),
            "mean_activation": np.where(dead, 0, rng.uniform(0.1, 0.5, n_features)),
            "pattern": np.where(dead, "dead", np.array(PATTERNS)[number % 6]),
            "label": chosen.concept.where(has_concept, None),
            "concept": chosen.concept.where(has_concept, None),
            "f1": pd.Series(f1).where(has_concept, None),
            "family": chosen.family.where(has_concept, None),
            "x": x, "y": y,
            "histogram": [
                [0] * 50 if d else (5000 * np.exp(-np.arange(50) / 9)).astype(int).tolist()
                for d in dead
            ],
        }
    )  # fmt: skip


def pair_table(
    rng: np.random.Generator, features: pd.DataFrame, concepts: pd.DataFrame
) -> pd.DataFrame:
    sae = features.dropna(subset=["concept"])[["concept", "feature", "f1"]].assign(
        representation="sae"
    )
    neurons = pd.DataFrame(
        {
            "concept": concepts.concept, "feature": np.arange(len(concepts)),
            "f1": rng.uniform(0.1, 0.55, len(concepts)), "representation": "neurons",
        }
    )  # fmt: skip
    pairs = pd.concat([sae, neurons], ignore_index=True)
    f1 = pairs.f1.astype(float)
    return pairs.assign(
        threshold=0.5, f1_validation=(f1 + 0.01).clip(upper=1), precision=(f1 + 0.08).clip(upper=1),
        recall=(f1 - 0.06).clip(lower=0), f1_residue=f1 * 0.95, f1_low=(f1 - 0.04).clip(lower=0),
        f1_high=(f1 + 0.03).clip(upper=1), average_precision=f1 * 0.9, coverage=f1 * 0.8,
        p_value=1e-6, q_value=1e-4,
    )  # fmt: skip


def score_table(pairs: pd.DataFrame) -> pd.DataFrame:
    sae = pairs[pairs.representation == "sae"]
    rows = [
        sae[["concept", "feature"]].assign(
            threshold=threshold, split=split, tp=100, fp=10, domains_hit=20,
            precision=(sae.precision * (0.5 + threshold / 1.6)).clip(upper=1),
            recall=sae.recall * (1.2 - threshold), recall_domain=(sae.recall * (1.25 - threshold)),
            f1=sae.f1 * (1 - abs(threshold - 0.5)), f1_residue=sae.f1 * 0.9,
        )
        for threshold in THRESHOLDS
        for split in ("validation", "test")
    ]  # fmt: skip
    return pd.concat(rows).sort_values(["concept", "feature", "threshold"])


def example_table(
    rng: np.random.Generator, features: pd.DataFrame, proteome: list[DemoProtein],
    spans: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    numbers = {p.accession: number for number, p in enumerate(proteome)}
    places = {
        concept: np.stack([group.accession.map(numbers), group.start, group.stop], axis=1)
        for concept, group in spans.groupby("concept")
    }
    lengths = np.array([len(p.sequence) for p in proteome])
    anywhere = np.stack([np.arange(len(lengths)), lengths // 3, lengths // 3 + 7], axis=1)
    rows = []
    for feature in features[features.scale > 0].itertuples():
        candidates = places.get(feature.concept, anywhere)
        for bucket, n_examples in N_EXAMPLES.items():
            low, high = map(float, ("0.9-1" if bucket == "top" else bucket).split("-"))
            maxima = np.sort(rng.uniform(low, high, n_examples) + 1e-3).clip(max=1)[::-1]
            if bucket == "top":
                maxima[0] = 1.0
            for rank, pick in enumerate(rng.integers(0, len(candidates), n_examples)):
                protein, start, stop = candidates[pick].tolist()
                peak = (start + stop - 1) // 2
                positions = np.arange(start, stop)
                reach = 1 + max(peak - start, stop - 1 - peak)
                activations = maxima[rank] * (1 - np.abs(positions - peak) / reach)
                rows.append(
                    (
                        feature.feature, bucket, rank, proteome[protein].accession,
                        maxima[rank], peak, positions, activations.astype(np.float32),
                    )
                )  # fmt: skip
    names = ("feature", "bucket", "rank", "accession", "maximum", "peak", "positions",
             "activations")  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def related_table(rng: np.random.Generator, n_features: int, likeness: str) -> pd.DataFrame:
    n_others = min(10, n_features - 1)
    feature = np.repeat(np.arange(n_features), n_others)
    rank = np.tile(np.arange(n_others), n_features)
    table = pd.DataFrame(
        {
            "feature": feature, "other": (feature + 1 + rank * 3) % n_features, "rank": rank,
            likeness: 0.9 - 0.07 * rank + rng.uniform(0, 0.05, len(rank)),
        }
    )  # fmt: skip
    return table.assign(n_both=100) if likeness == "jaccard" else table


def enrichment_table(features: pd.DataFrame) -> pd.DataFrame:
    return (
        features[["feature"]]
        .iloc[::2]
        .assign(
            label="EC 3.4.21.-",
            kind="EC number",
            n=9,
            n_background=120,
            odds_ratio=8.4,
            q_value=2e-4,
        )
    )


if __name__ == "__main__":
    write_database(
        Path(sys.argv[1]), n_features=int(sys.argv[2]), n_proteins=int(sys.argv[3])
    )  # fmt: skip
