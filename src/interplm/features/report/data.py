"""What the report says, read from the feature database."""

from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from interplm.features.database.records import ConceptRow, Pair, Score
from interplm.features.database.writer import read_meta
from interplm.features.encoding.names import PROBE, baseline_of, display_name, is_baseline
from interplm.features.evidence import Q_FLOOR
from interplm.features.report.headline import Headline
from interplm.metrics.functional.feature_density import DENSE_THRESHOLD

_N_DENSEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptLine:
    """A concept with the SAE's best pair, and what stands beside it.

    Attributes:
        concept: what it is.
        pair: the SAE's, chosen by validation average precision.
        baseline: name of the best baseline, the mean over the seeds of one.
        baseline_average_precision: of that.
        probe_average_precision: of the linear probe.
        curve: precision, recall and F1 on test proteins by ascending threshold.
    """

    concept: ConceptRow
    pair: Pair
    baseline: str | None
    baseline_average_precision: float | None
    probe_average_precision: float | None
    curve: list[Score]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """Everything the templates show.

    Attributes:
        meta: the table `meta`.
        rows: the SAE first, then its baselines, then the ceiling.
        concepts: annotations with a pair, the best first.
        missed: annotations that no feature finds on validation proteins.
        controls: likewise of random spans.
        amino_acids: likewise of amino acids.
        n_rare: annotations that are too rare to be scored.
        features: the table `features` without histograms.
        average_precision: of each annotation's best pair, prevalence without one, by
            representation: those of the seeds of one are averaged.
        pairs: those of the SAE, as in the table `pairs`.
    """

    meta: dict[str, Any]
    rows: list[Headline]
    concepts: list[ConceptLine]
    missed: list[ConceptRow]
    controls: list[ConceptLine]
    amino_acids: list[ConceptLine]
    n_rare: int
    features: pd.DataFrame
    average_precision: pd.DataFrame
    pairs: pd.DataFrame

    @property
    def patterns(self) -> list[tuple[str, int]]:
        """Number of features of each pattern, the most frequent first."""
        return [(str(name), int(n)) for name, n in self.features.pattern.value_counts().items()]

    @property
    def strengths(self) -> list[tuple[str, int]]:
        """Number of labelled features by the strength of their evidence."""
        return [(str(name), int(n)) for name, n in self.features.strength.value_counts().items()]

    @property
    def densest(self) -> list[dict[str, Any]]:  # rows, of mixed types
        """Features that fire on most residues."""
        densest = self.features.nlargest(_N_DENSEST, "density")
        return [
            {"feature": row.feature, "density": row.density, "label": row.label or None}
            for row in densest[densest.density > DENSE_THRESHOLD].fillna({"label": ""}).itertuples()
        ]

    @property
    def n_significant(self) -> int:
        """Annotations whose best pair is significant."""
        return sum(
            line.pair.q_value is not None and line.pair.q_value < Q_FLOOR for line in self.concepts
        )

    @property
    def n_silent(self) -> int:
        """Features that fire on no scored residue."""
        return int((self.features.n_active == 0).sum())

    @property
    def n_dense(self) -> int:
        """Features that fire on more than a tenth of the residues."""
        return int((self.features.density > DENSE_THRESHOLD).sum())


def read_report_data(connection: duckdb.DuckDBPyConnection, rows: list[Headline]) -> ReportData:
    """Read what the report says from an open feature database.

    Args:
        connection: to the database.
        rows: see `headlines`.
    """
    concepts = [ConceptRow(**row) for row in _rows(connection, "SELECT * FROM concepts")]
    best = connection.sql("SELECT * FROM pairs WHERE best_by_average_precision").df()
    average_precision = _by_baseline(best, concepts)
    lines = _lines(connection, concepts, average_precision)
    found = {line.concept.concept for line in lines}
    (n_rare,) = connection.execute("SELECT count(*) FROM rare_concepts").fetchall()[0]
    annotations = [row.concept for row in concepts if row.role == "annotation"]
    return ReportData(
        meta=read_meta(connection),
        rows=rows,
        concepts=[line for line in lines if line.concept.role == "annotation"],
        missed=[row for row in concepts if row.role == "annotation" and row.concept not in found],
        controls=[line for line in lines if line.concept.role == "control"],
        amino_acids=[line for line in lines if line.concept.role == "amino_acid"],
        n_rare=int(n_rare),
        features=connection.sql("SELECT * EXCLUDE (histogram) FROM features ORDER BY feature").df(),
        average_precision=average_precision.loc[annotations],
        pairs=connection.sql("SELECT * FROM pairs WHERE representation = 'sae'").df(),
    )


def _by_baseline(best: pd.DataFrame, concepts: list[ConceptRow]) -> pd.DataFrame:
    """Average precision of every concept (rows) and representation, seeds averaged (columns)."""
    chance = pd.Series({row.concept: row.prevalence for row in concepts})
    table = best.pivot_table(
        index="concept", columns="representation", values="average_precision"
    ).reindex(chance.index)
    # What finds nothing ranks residues as chance does.
    table = table.astype(float).apply(lambda column: column.fillna(chance))
    return table.T.groupby([baseline_of(str(name)) for name in table.columns]).mean().T


def _lines(
    connection: duckdb.DuckDBPyConnection,
    concepts: list[ConceptRow],
    average_precision: pd.DataFrame,
) -> list[ConceptLine]:
    pairs = [
        Pair(**row)
        for row in _rows(
            connection,
            "SELECT * FROM pairs WHERE representation = 'sae' AND best_by_average_precision",
        )
    ]
    curves: dict[tuple[str, int], list[Score]] = {}
    for row in _rows(
        connection,
        "SELECT s.* FROM scores s JOIN pairs p USING (concept, feature) WHERE split = 'test' AND "
        "p.representation = 'sae' AND p.best_by_average_precision ORDER BY s.threshold",
    ):
        curves.setdefault((row["concept"], row["feature"]), []).append(Score(**row))
    by_name = {row.concept: row for row in concepts}
    columns = {str(name): average_precision[name].to_dict() for name in average_precision.columns}
    baselines = [name for name in columns if is_baseline(name)]
    lines = []
    for pair in sorted(pairs, key=lambda pair: (-pair.average_precision, pair.concept)):
        beside = {name: float(column[pair.concept]) for name, column in columns.items()}
        best = max(baselines, key=beside.__getitem__) if baselines else None
        lines.append(
            ConceptLine(
                concept=by_name[pair.concept],
                pair=pair,
                baseline=None if best is None else display_name(best),
                baseline_average_precision=None if best is None else beside[best],
                probe_average_precision=beside.get(PROBE),
                curve=curves.get((pair.concept, pair.feature), []),
            )
        )
    return lines


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """Rows by column; Any: as the columns' types are."""
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
