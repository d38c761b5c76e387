"""What the report says, read from the feature database."""

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from interplm.concepts.amino_acids import AMINO_ACID_NAMES
from interplm.features.database.writer import read_meta
from interplm.metrics.feature_density import DENSE_THRESHOLD

# The claim of the method counts pairs above this F1 on test proteins (Simon & Zou 2024).
F1_FLOOR = 0.5
_N_DENSEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentationSummary:
    """How far a representation explains the concepts.

    Amino acids are counted apart: which one a residue is, a feature can read from the input alone.

    Attributes:
        name: as in the table `pairs`.
        n_features: with a concept at F1 above the floor on test proteins, amino acids left out.
        n_concepts: with a feature at F1 above the floor on test proteins, amino acids left out.
        n_amino_acids: with a feature at F1 above the floor on test proteins.
        best_f1: test F1 of the pair chosen for each concept, amino acids left out, float64 [n].
    """

    name: str
    n_features: int
    n_concepts: int
    n_amino_acids: int
    best_f1: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BestPair:
    """The SAE's best pair for a concept, and the best neuron's beside it.

    Attributes:
        pair: a row of `pairs` with the concept's category, family and kind; Any: as columns are.
        f1_neurons: of the pair chosen among neurons, None without one.
        curve: precision, recall and F1 on test proteins by ascending threshold.
    """

    pair: dict[str, Any]
    f1_neurons: float | None
    curve: list[dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """Everything the templates show.

    Attributes:
        meta: the table `meta`.
        representations: the SAE first.
        best: of each concept that has a pair, the best first, amino acids left out.
        amino_acids: the same of the amino acids.
        features: the table `features` without histograms.
        patterns: number of features of each pattern, the most frequent first.
        densest: features that fire on most residues.
        n_concepts: that were scored, amino acids left out.
        pairs: those of the SAE, as in the table `pairs`.
    """

    meta: dict[str, Any]
    representations: list[RepresentationSummary]
    best: list[BestPair]
    amino_acids: list[BestPair]
    features: pd.DataFrame
    patterns: list[tuple[str, int]]
    densest: list[dict[str, Any]]
    n_concepts: int
    pairs: pd.DataFrame

    @property
    def n_significant(self) -> int:
        """Pairs with a q-value below 0.05."""
        return int((self.pairs.q_value < 0.05).sum())

    @property
    def n_dead(self) -> int:
        """Features that fire on no residue."""
        return int((self.features.n_active == 0).sum())

    @property
    def n_dense(self) -> int:
        """Features that fire on more than a tenth of the residues."""
        return int((self.features.density > DENSE_THRESHOLD).sum())


def read_report_data(connection: duckdb.DuckDBPyConnection) -> ReportData:
    """Read what the report says from an open feature database."""
    features = connection.sql("SELECT * EXCLUDE (histogram) FROM features ORDER BY feature").df()
    pairs = connection.sql("SELECT * FROM pairs").df()
    best = _best_pairs(connection, pairs)
    patterns = features.pattern.value_counts()
    densest = features.nlargest(_N_DENSEST, "density")
    return ReportData(
        meta=read_meta(connection),
        representations=summaries(pairs),
        best=[found for found in best if found.pair["concept"] not in AMINO_ACID_NAMES],
        amino_acids=[found for found in best if found.pair["concept"] in AMINO_ACID_NAMES],
        features=features,
        patterns=[(str(name), int(n)) for name, n in patterns.items()],
        densest=_records(densest[densest.density > DENSE_THRESHOLD]),
        n_concepts=len(_concept_names(connection) - AMINO_ACID_NAMES),
        pairs=pairs[pairs.representation == "sae"],
    )


def summaries(pairs: pd.DataFrame) -> list[RepresentationSummary]:
    """How far each representation of the table `pairs` explains the concepts, the SAE first."""
    names = {"sae", *pairs.representation.unique()}
    ordered = sorted(names, key=lambda name: (name != "sae", name != "neurons", name))
    return [_summary(name, pairs) for name in ordered]


def chosen_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """For each representation and concept the pair with the best F1 on validation proteins.

    Its F1 on test proteins is then an honest figure; the best F1 on test proteins would not be.
    """
    ordered = pairs.sort_values(["f1_validation", "feature"], ascending=[False, True])
    return ordered.drop_duplicates(["representation", "concept"])


def _summary(name: str, pairs: pd.DataFrame) -> RepresentationSummary:
    own = pairs[pairs.representation == name]
    annotated = own[~own.concept.isin(AMINO_ACID_NAMES)]
    good = annotated[annotated.f1 > F1_FLOOR]
    acids = own[own.concept.isin(AMINO_ACID_NAMES) & (own.f1 > F1_FLOOR)]
    return RepresentationSummary(
        name=name,
        n_features=int(good.feature.nunique()),
        n_concepts=int(good.concept.nunique()),
        n_amino_acids=int(acids.concept.nunique()),
        best_f1=chosen_pairs(annotated).f1.to_numpy(np.float64),
    )


def _best_pairs(connection: duckdb.DuckDBPyConnection, pairs: pd.DataFrame) -> list[BestPair]:
    concepts = connection.sql(
        "SELECT concept, category, family, kind, n_domains_test FROM concepts"
    ).df()
    scores = connection.sql(
        "SELECT s.concept, feature, threshold, precision, f1, "
        "CASE WHEN kind = 'domain' THEN recall_domain ELSE recall END AS recall "
        "FROM scores s JOIN concepts USING (concept) WHERE split = 'test' ORDER BY threshold"
    ).df()
    chosen = chosen_pairs(pairs)
    neurons = chosen[chosen.representation == "neurons"].set_index("concept").f1
    sae = chosen[chosen.representation == "sae"].merge(concepts, on="concept")
    curves = dict(
        list(scores.groupby(["concept", "feature"])[["threshold", "precision", "recall", "f1"]])
    )
    return [
        BestPair(
            pair=row,
            f1_neurons=float(neurons[row["concept"]]) if row["concept"] in neurons else None,
            curve=_records(curves.get((row["concept"], row["feature"]), scores[:0])),
        )
        for row in _records(sae.sort_values(["f1", "concept"], ascending=[False, True]))
    ]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    known = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]


def _concept_names(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {str(name) for (name,) in connection.execute("SELECT concept FROM concepts").fetchall()}
