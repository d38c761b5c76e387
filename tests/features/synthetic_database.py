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
from interplm.features.database.frames import frame
from interplm.features.database.records import (
    BUCKETS,
    Difference,
    RareConcept,
    RepresentationSummary,
)
from interplm.features.database.schema import SCHEMA_VERSION, TABLES
from interplm.features.evidence import label_strength

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
        "rare_concepts": rare_table(),
        "representations": representation_table(pairs, concepts, n_features),
        "differences": difference_table(pairs),
        "verdicts": verdict_table(pairs, spans, proteome),
        "proteins": protein_table(proteome),
        "annotations": spans.assign(family=spans.concept.map(concepts.set_index("concept").family)),
        "examples": example_table(rng, features, proteome, spans),
        "coactivation": related_table(rng, n_features, "jaccard"),
        "neighbours": related_table(rng, n_features, "cosine"),
        "enrichment": enrichment_table(features),
    }
    with duckdb.connect(str(path)) as connection:
        for name, table in TABLES.items():
            connection.execute(f"CREATE TABLE {name} ({table.definition()})")
            connection.register("given", tables[name])
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
            "cluster": proteome[number // 3 * 3].accession,
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
                "concept": concept, "category": category, "role": "annotation",
                "aliases": [f"{category}: any"] if ":" in concept else [],
                "n_clusters_test": max(1, len(group) // 6), "prevalence": 0.01,
                "f1_constant": 0.02, "position_explains": False,
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
            "pattern": np.where(dead, "silent", np.array(PATTERNS)[number % 6]),
            "label": chosen.concept.where(has_concept, None),
            "concept": chosen.concept.where(has_concept, None),
            "f1": pd.Series(f1).where(has_concept, None),
            "average_precision": pd.Series(f1 * 0.9).where(has_concept, None),
            "margin": pd.Series(f1 * 0.9 - 0.3).where(has_concept, None),
            "f1_residue": pd.Series(f1 * 0.95).where(has_concept, None),
            "strength": pd.Series(
                [
                    label_strength(
                        precision_residue=f, recall_residue=f * 0.7, f1=f, f1_corrected=f,
                        margin=f * 0.9 - 0.3, f1_position=0.05, q_value=1e-4,
                    )
                    for f in f1
                ]
            ).where(has_concept, None),
            "n_sisters": 2, "n_reappears": number % 3,
            "sister_cosine": (number % 3) / 2, "sister_correlation": (number % 3) / 2.5,
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
    sae = pairs.representation == "sae"
    best = ~pairs.sort_values("f1", ascending=False).duplicated(["representation", "concept"])
    best = best.reindex(pairs.index)
    return pairs.assign(
        threshold=0.5, threshold_residue=0.15, best_by_average_precision=best, best_by_f1=best,
        best_by_f1_residue=best, is_label=sae, f1_validation=(f1 + 0.01).clip(upper=1),
        average_precision_validation=f1 * 0.9, f1_residue_validation=f1 * 0.95,
        precision=(f1 + 0.08).clip(upper=1), precision_low=f1, precision_high=1.0,
        recall=(f1 - 0.06).clip(lower=0), precision_residue=f1, recall_residue=f1 * 0.7,
        f1_residue=f1 * 0.95, f1_corrected=f1 * 0.99, matthews=f1 * 0.9,
        f1_low=(f1 - 0.04).clip(lower=0), f1_high=(f1 + 0.03).clip(upper=1),
        average_precision=f1 * 0.9, average_precision_low=f1 * 0.85,
        average_precision_high=f1 * 0.95, margin=(f1 * 0.9 - 0.3).where(sae), n_found=10,
        coverage=f1 * 0.8, f1_position=0.05, p_value=1e-6, q_value=1e-4,
    )  # fmt: skip


def rare_table() -> pd.DataFrame:
    rare = RareConcept(
        concept="Motif: DEAD box", category="Motif", family="Targeting", n_domains=3, n_proteins=3,
        reason="fewer than 20 instances",
    )  # fmt: skip
    return frame(RareConcept, [rare])


def representation_table(
    pairs: pd.DataFrame, concepts: pd.DataFrame, n_features: int
) -> pd.DataFrame:
    best = pairs[pairs.best_by_average_precision]
    rows = []
    for name, own in best.groupby("representation"):
        every = pairs[(pairs.representation == name) & (pairs.f1 > 0.5)]
        mean = float(own.average_precision.mean())
        rows.append(
            RepresentationSummary(
                representation=name, baseline=name, n_features=n_features,
                n_silent=n_features // 97,
                l0=31.6, n_concepts=len(concepts), mean_average_precision=mean,
                mean_average_precision_low=mean - 0.02, mean_average_precision_high=mean + 0.02,
                mean_chance=0.01, n_covered=int((own.f1 > 0.5).sum()),
                n_covered_corrected=int((own.f1_corrected > 0.5).sum()),
                n_covered_residue=int((own.f1_residue > 0.5).sum()), mean_f1=float(own.f1.mean()),
                n_features_with_concept=every.feature.nunique(), n_controls=0,
                n_controls_covered=0, controls_mean_average_precision=None,
                controls_mean_chance=None, n_amino_acids=0, n_amino_acids_covered=0,
            )
        )  # fmt: skip
    return frame(RepresentationSummary, rows)


def difference_table(pairs: pd.DataFrame) -> pd.DataFrame:
    best = pairs[pairs.best_by_average_precision]
    table = best.pivot_table(index="concept", columns="representation", values="average_precision")
    gap = (table.sae - table.neurons).dropna()
    mean = float(gap.mean())
    row = Difference(
        baseline="neurons", n_concepts=len(gap), n_ahead=int((gap > 0).sum()),
        n_behind=int((gap < 0).sum()), difference=mean, concepts_low=mean - 0.05,
        concepts_high=mean + 0.05, clusters_low=mean - 0.02, clusters_high=mean + 0.02,
    )  # fmt: skip
    return frame(Difference, [row])


def verdict_table(
    pairs: pd.DataFrame, spans: pd.DataFrame, proteome: list[DemoProtein]
) -> pd.DataFrame:
    """Of each concept the first half of its proteins found, the others missed, ten extra."""
    best = pairs[pairs.best_by_average_precision & (pairs.representation == "sae")]
    rows = []
    for pair in best.itertuples():
        annotated = spans[spans.concept == pair.concept].groupby("accession").size()
        others = [p.accession for p in proteome if p.accession not in annotated.index][:10]
        half = (len(annotated) + 1) // 2
        for number, (accession, n) in enumerate(annotated.items()):
            found = number < half
            rows.append(
                (pair.concept, pair.feature, accession, "found" if found else "missed", n,
                 n if found else 0, 0, 0.9 if found else 0.1)
            )  # fmt: skip
        rows += [(pair.concept, pair.feature, other, "extra", 0, 0, 4, 0.6) for other in others]
    names = ("concept", "feature", "accession", "verdict", "n_domains", "n_found", "n_outside",
             "strength")  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def score_table(pairs: pd.DataFrame) -> pd.DataFrame:
    sae = pairs[pairs.representation == "sae"]
    rows = [
        sae[["concept", "feature"]].assign(
            threshold=threshold, split=split, tp=100, fp=10, n_found=20,
            precision=(sae.precision * (0.5 + threshold / 1.6)).clip(upper=1),
            recall=sae.recall * (1.2 - threshold), recall_residue=(sae.recall * (1.1 - threshold)),
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
