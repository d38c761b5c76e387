"""The feature database, read by the explorer, the report and notebooks."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from interplm.concepts.amino_acids import AMINO_ACID_NAMES
from interplm.errors import FingerprintMismatch
from interplm.features.database.records import (
    Annotation,
    ConceptRow,
    Enrichment,
    Example,
    Feature,
    FeatureSummary,
    Pair,
    Protein,
    Related,
    Score,
)
from interplm.features.database.search import (
    ConceptSought,
    FeatureQuery,
    FoundFeature,
    concepts_sought,
    find_features,
)
from interplm.features.database.writer import open_database, read_meta

T = TypeVar("T")

_SUMMARY = "feature, label, concept, family, f1, density, mean_activation, pattern"
# Enough proteins for the composition of a proteome to three digits.
_N_BACKGROUND = 2000


class FeatureReader:
    """Reads `features.duckdb`; any number of threads may ask at once.

    Args:
        path: of the database.
        n_threads: that one query may use.
        memory_limit: of the database's own cache, such as "512MB".

    Raises:
        MissingArtifact: if there is no such file.
        BrokenArtifact: if it is damaged, or of another schema version.
    """

    def __init__(
        self, path: str | Path, *, n_threads: int = 2, memory_limit: str = "512MB"
    ) -> None:
        self.path = Path(path)
        self._connection = open_database(self.path, n_threads=n_threads, memory_limit=memory_limit)
        self.meta = read_meta(self._connection)
        self.n_features = int(self._all("SELECT count(*) FROM features")[0][0])
        self.n_proteins = int(self._all("SELECT count(*) FROM proteins")[0][0])

    def check_model(self, *, plm: str, layer: int) -> None:
        """Raise FingerprintMismatch unless the database is of this PLM and layer."""
        for name, wanted in (("plm", plm), ("layer", layer)):
            found = self.meta.get(name)
            if found != wanted:
                raise FingerprintMismatch(
                    f"{self.path} was made with {name}={found}, but the SAE beside it reads "
                    f"{name}={wanted}: run `python -m interplm.score run=<dir>` again."
                )

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def feature(self, feature: int) -> Feature | None:
        """One feature, if there is one of that number."""
        rows = self._all(
            f"SELECT {_SUMMARY}, scale, n_active, histogram FROM features WHERE feature = ?",
            [feature],
        )
        if not rows:
            return None
        *summary, scale, n_active, histogram = rows[0]
        return Feature(
            summary=_record(FeatureSummary, _SUMMARY, summary),
            scale=scale,
            n_active=n_active,
            histogram=tuple(histogram or ()),
        )

    def find(
        self, query: FeatureQuery, *, limit: int, offset: int = 0
    ) -> tuple[list[FoundFeature], int]:
        """Features of one page, and how many there are on all pages."""
        return find_features(self._all, query, limit=limit, offset=offset)

    def sought(self, query: FeatureQuery, *, limit: int = 5) -> list[ConceptSought]:
        """Concepts that a query names, whether or not it finds a feature."""
        return concepts_sought(self._all, query, limit=limit)

    def columns(self, *names: str) -> dict[str, list[Any]]:
        """Columns of `features`, in order of the feature; Any: as the column's type is."""
        rows = self._all(f"SELECT {', '.join(names)} FROM features ORDER BY feature")
        return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))

    @cached_property
    def scales(self) -> np.ndarray:
        """Maxima of all features, float32 [n_features]; 1 for those that never fired."""
        scale = np.array(self.columns("scale")["scale"], dtype=np.float32)
        return np.where(scale > 0, scale, np.float32(1))

    def pairs(self, *, concept: str | None = None, feature: int | None = None) -> list[Pair]:
        """Pairs of all representations of a concept, or the SAE's of a feature, the best first."""
        where, value = (
            ("concept = ?", concept)
            if concept is not None
            else ("representation = 'sae' AND feature = ?", feature)
        )
        return self._records(Pair, f"FROM pairs WHERE {where} ORDER BY f1 DESC, feature", [value])

    def n_concept_features(self, min_f1: float) -> dict[str, int]:
        """Features with some concept at that F1 on test proteins, by representation.

        Amino acids are left out, as in the report: a feature can read them from the input alone.
        """
        return dict(
            self._all(
                "SELECT representation, count(DISTINCT feature) FROM pairs "
                "WHERE f1 > ? AND NOT list_contains(?, concept) GROUP BY representation",
                [min_f1, sorted(AMINO_ACID_NAMES)],
            )
        )

    def best_features(
        self, limit: int | None, *, amino_acids: bool = False
    ) -> list[tuple[str, int, float]]:
        """Concept, feature and F1 on test proteins of the concepts that the SAE detects best.

        Each concept comes once, with its best feature.

        Args:
            limit: of the concepts; None for all.
            amino_acids: the amino acids too, which a feature can read from the input alone.
        """
        return self._all(
            "SELECT concept, arg_max(feature, f1), max(f1) FROM pairs "
            "WHERE representation = 'sae' AND f1 > 0 AND NOT list_contains(?, concept) "
            "GROUP BY concept ORDER BY max(f1) DESC, concept LIMIT ?",
            [[] if amino_acids else sorted(AMINO_ACID_NAMES), limit],
        )

    def scores(self, concept: str, feature: int) -> list[Score]:
        """Precision and recall at every threshold on test proteins; recall as F1 uses it."""
        rows = self._all(
            "SELECT s.threshold, s.precision, "
            "CASE WHEN c.kind = 'domain' THEN s.recall_domain ELSE s.recall END, s.f1 "
            "FROM scores s JOIN concepts c USING (concept) "
            "WHERE s.concept = ? AND s.feature = ? AND s.split = 'test' ORDER BY s.threshold",
            [concept, feature],
        )
        return [_record(Score, "threshold, precision, recall, f1", row) for row in rows]

    @cached_property
    def concepts(self) -> tuple[ConceptRow, ...]:
        """All concepts by name."""
        return tuple(self._records(ConceptRow, "FROM concepts ORDER BY lower(concept)", []))

    def examples(self, feature: int, bucket: str | None = None) -> list[Example]:
        """Proteins on which a feature fires, of one bucket or all, by rank."""
        where = "" if bucket is None else "AND bucket = ?"
        rows = self._all(
            "SELECT feature, bucket, rank, accession, maximum, peak, positions, activations "
            f"FROM examples WHERE feature = ? {where} ORDER BY maximum DESC, rank",
            [feature] if bucket is None else [feature, bucket],
        )
        return [
            Example(
                feature=feature,
                bucket=row[1],
                rank=row[2],
                accession=row[3],
                maximum=row[4],
                peak=row[5],
                positions=tuple(row[6]),
                activations=tuple(row[7]),
            )
            for row in rows
        ]

    def proteins(self, accessions: Sequence[str]) -> dict[str, Protein]:
        """Proteins by accession; unknown ones are left out."""
        found = self._records(
            Protein, "FROM proteins WHERE accession = ANY(?::VARCHAR[])", [list(accessions)]
        )
        return {protein.accession: protein for protein in found}

    def annotated(self, concept: str, *, split: str, limit: int) -> list[str]:
        """Accessions of proteins of a split that carry a concept, in order."""
        rows = self._all(
            "SELECT DISTINCT accession FROM annotations JOIN proteins USING (accession) "
            "WHERE concept = ? AND split = ? ORDER BY accession LIMIT ?",
            [concept, split, limit],
        )
        return [accession for (accession,) in rows]

    def annotations(self, accessions: Sequence[str]) -> dict[str, list[Annotation]]:
        """Spans of each protein, by start."""
        spans: dict[str, list[Annotation]] = defaultdict(list)
        names = "accession, concept, family, start, stop, ends_only, note, evidence"
        for row in self._all(
            "SELECT a.accession, concept, c.family, a.start, a.stop, a.ends_only, a.note, "
            "a.evidence FROM annotations a LEFT JOIN concepts c USING (concept) "
            "WHERE a.accession = ANY(?::VARCHAR[]) ORDER BY a.start, a.stop",
            [list(accessions)],
        ):
            spans[row[0]].append(_record(Annotation, names, row))
        return spans

    def similar(self, feature: int, limit: int) -> list[Related]:
        """Features whose decoder directions point the same way; likeness is their cosine."""
        return self._related("neighbours", "cosine", feature, limit)

    def coactive(self, feature: int, limit: int) -> list[Related]:
        """Features that fire on the same residues; likeness is the Jaccard index."""
        return self._related("coactivation", "jaccard", feature, limit)

    def _related(self, table: str, likeness: str, feature: int, limit: int) -> list[Related]:
        rows = self._all(
            f"SELECT t.other, t.{likeness}, f.label, f.f1 FROM {table} t "
            "LEFT JOIN features f ON f.feature = t.other WHERE t.feature = ? "
            "ORDER BY t.rank LIMIT ?",
            [feature, limit],
        )
        return [_record(Related, "other, likeness, label, f1", row) for row in rows]

    def enrichment(self, feature: int, limit: int) -> list[Enrichment]:
        """Whole-protein labels enriched among the strongest proteins, the surest first."""
        return self._records(
            Enrichment,
            "FROM enrichment WHERE feature = ? ORDER BY q_value, odds_ratio DESC LIMIT ?",
            [feature, limit],
        )

    @cached_property
    def background(self) -> dict[str, float]:
        """Fraction of each residue among a fixed sample of the proteins."""
        rows = self._all(
            f"SELECT sequence FROM proteins ORDER BY hash(accession) LIMIT {_N_BACKGROUND}"
        )
        text = "".join(sequence for (sequence,) in rows)
        return {letter: text.count(letter) / len(text) for letter in sorted(set(text))}

    def _records(self, kind: type[T], sql: str, values: list[Any]) -> list[T]:
        names = ", ".join(kind.__dataclass_fields__)  # type: ignore[attr-defined]
        return [_record(kind, names, row) for row in self._all(f"SELECT {names} {sql}", values)]

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        # A cursor is a connection of its own to the open database, so threads never share one.
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, list(values)).fetchall()


def _record(kind: type[T], names: str, row: Sequence[Any]) -> T:
    return kind(**dict(zip(names.split(", "), row, strict=True)))
