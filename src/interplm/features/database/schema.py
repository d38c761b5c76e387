"""The tables of `features.duckdb`, which the report, the explorer and notebooks read."""

SCHEMA_VERSION = 2

# Every table with its columns. Activations are fractions of a feature's maximum (its scale), and
# residues are 0-based and half-open, unless a comment says otherwise.
TABLES = {
    # JSON values: schema_version, plm, layer, architecture, settings, dataset, figures, split,
    # protocol, created.
    "meta": "key VARCHAR PRIMARY KEY, value VARCHAR",
    # scale: maximum in the SAE's units. pattern: dead, point, motif, periodic, domain, whole or
    # other. label, concept, f1, family: of the best pair on test proteins, NULL without one.
    # x, y: place on the map. histogram: residues in 50 equal bins of (0, 1].
    "features": (
        "feature INTEGER PRIMARY KEY, scale FLOAT, n_active BIGINT, density DOUBLE, "
        "mean_activation FLOAT, pattern VARCHAR, label VARCHAR, concept VARCHAR, f1 FLOAT, "
        "family VARCHAR, x FLOAT, y FLOAT, histogram BIGINT[]"
    ),
    # kind: residue or domain.
    "concepts": (
        "concept VARCHAR PRIMARY KEY, category VARCHAR, family VARCHAR, kind VARCHAR, "
        "n_residues_validation BIGINT, n_domains_validation BIGINT, "
        "n_residues_test BIGINT, n_domains_test BIGINT"
    ),
    # Of the SAE, where the validation F1 passes the floor stated in meta. split: validation, test.
    "scores": (
        "concept VARCHAR, feature INTEGER, threshold FLOAT, split VARCHAR, tp BIGINT, fp BIGINT, "
        "domains_hit BIGINT, precision FLOAT, recall FLOAT, recall_domain FLOAT, f1 FLOAT, "
        "f1_residue FLOAT"
    ),
    # Chosen on validation proteins, measured on test proteins.
    # representation: sae, neurons, random_sae, pca or untrained_plm_sae.
    "pairs": (
        "representation VARCHAR, concept VARCHAR, feature INTEGER, threshold FLOAT, "
        "f1_validation FLOAT, precision FLOAT, recall FLOAT, f1 FLOAT, f1_residue FLOAT, "
        "f1_low FLOAT, f1_high FLOAT, average_precision FLOAT, coverage FLOAT, "
        "p_value DOUBLE, q_value DOUBLE"
    ),
    # labels: JSON, name of a column of whole-protein labels to its values.
    "proteins": (
        "accession VARCHAR PRIMARY KEY, name VARCHAR, sequence VARCHAR, length INTEGER, "
        "labels VARCHAR, alphafold BOOLEAN, split VARCHAR"
    ),
    # ends_only: only residues start and stop - 1 belong to it, as of a disulfide bond.
    "annotations": (
        "accession VARCHAR, concept VARCHAR, start INTEGER, stop INTEGER, ends_only BOOLEAN, "
        "note VARCHAR, evidence VARCHAR"
    ),
    # bucket: top, 0.8-1, 0.6-0.8, 0.4-0.6, 0.2-0.4 or 0-0.2, by the protein's maximum.
    "examples": (
        "feature INTEGER, bucket VARCHAR, rank INTEGER, accession VARCHAR, maximum FLOAT, "
        "peak INTEGER, positions INTEGER[], activations FLOAT[]"
    ),
    "coactivation": ("feature INTEGER, other INTEGER, n_both BIGINT, jaccard FLOAT, rank INTEGER"),
    # By cosine of decoder directions.
    "neighbours": "feature INTEGER, other INTEGER, cosine FLOAT, rank INTEGER",
    # Whole-protein labels among the proteins on which a feature is strongest.
    "enrichment": (
        "feature INTEGER, label VARCHAR, kind VARCHAR, n INTEGER, n_background INTEGER, "
        "odds_ratio FLOAT, q_value DOUBLE"
    ),
}
