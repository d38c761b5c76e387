"""The feature database, read by the explorer, the report and notebooks."""

from collections.abc import Collection, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from interplm.errors import FingerprintMismatch
from interplm.features.database.queries import Queries
from interplm.features.database.records import (
    Annotation,
    ConceptRow,
    Difference,
    EnrichedLabel,
    Example,
    Feature,
    Pair,
    Protein,
    ProteinVerdict,
    RareConcept,
    Related,
    RepresentationSummary,
    Score,
)
from interplm.features.database.remembered import Remembered
from interplm.features.database.search import (
    ConceptSought,
    FeatureQuery,
    FoundFeature,
    PlaceInList,
    concepts_sought,
    find_features,
    list_features,
)
from interplm.features.database.writer import read_meta
from interplm.features.encoding.names import order

_BEST_FIRST = "ORDER BY average_precision DESC, feature"
# The parts of a page ask for the same feature and proteins, and pages opened from one list for it.
_N_LISTS, _N_FEATURES, _N_CONCEPTS, _N_PROTEINS = 32, 64, 256, 2048

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
        queries = Queries(self.path, n_threads=n_threads, memory_limit=memory_limit)
        self._connection = queries.connection
        self._all, self._records = queries.rows, queries.records
        self.meta = read_meta(self._connection)
        self._list = lru_cache(_N_LISTS)(partial(list_features, queries.rows))
        self._feature = lru_cache(_N_FEATURES)(partial(_feature, queries))
        self._examples = lru_cache(_N_FEATURES)(partial(_examples, queries))
        self._pairs_of_concept = lru_cache(_N_CONCEPTS)(partial(_pairs_of_concept, queries))
        self._proteins = Remembered(partial(_proteins, queries), most=_N_PROTEINS)
        self._annotations = Remembered(partial(_annotations, queries), most=_N_PROTEINS)
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
        return self._feature(feature)

    def find(
        self, query: FeatureQuery, *, limit: int, offset: int = 0
    ) -> tuple[list[FoundFeature], int]:
        """Features of one page, and how many there are on all pages."""
        return find_features(self._all, query, limit=limit, offset=offset)

    def sought(self, query: FeatureQuery, *, limit: int = 5) -> list[ConceptSought]:
        """Concepts that a query names, whether or not it finds a feature."""
        return concepts_sought(self._all, query, limit=limit)

    def place_in(self, query: FeatureQuery, feature: int) -> PlaceInList | None:
        """Where a feature stands in a list, and its neighbours there."""
        return self._list(query).place(feature)

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
        if concept is not None:
            return list(self._pairs_of_concept(concept))
        where = f"FROM pairs WHERE representation = 'sae' AND feature = ? {_BEST_FIRST}"
        return self._records(Pair, where, [feature])

    def best_pairs(self, representation: str = "sae", *, role: str = "annotation") -> list[Pair]:
        """Of each concept the pair that validation proteins chose, the best on test proteins first.

        Args:
            representation: see `interplm.features.encoding.names`.
            role: of the concepts: annotation, amino_acid or control.
        """
        return self._records(
            Pair,
            "FROM pairs WHERE representation = ? AND best_by_average_precision AND concept IN "
            "(SELECT concept FROM concepts WHERE role = ?) "
            "ORDER BY average_precision DESC, concept",
            [representation, role],
        )

    def best_features(
        self, limit: int | None, *, amino_acids: bool = False
    ) -> list[tuple[str, int, float]]:
        """Concept, feature and F1 of the SAE's best pairs, see `best_pairs`."""
        pairs = self.best_pairs()
        if amino_acids:
            pairs += self.best_pairs(role="amino_acid")
        return [(pair.concept, pair.feature, pair.f1) for pair in pairs[:limit]]

    @cached_property
    def summaries(self) -> dict[str, RepresentationSummary]:
        """What each representation explains, by its name, in the order in which they are shown."""
        found = self._records(RepresentationSummary, "FROM representations", [])
        return {
            row.representation: row
            for row in sorted(found, key=lambda row: order(row.representation))
        }

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """The SAE less each baseline, in the order in which they are shown."""
        found = self._records(Difference, "FROM differences", [])
        return tuple(sorted(found, key=lambda row: order(row.baseline)))

    def n_concept_features(self) -> dict[str, int]:
        """Features with some annotated concept at F1 above 0.5, by representation."""
        return {name: row.n_features_with_concept for name, row in self.summaries.items()}

    def scores(self, concept: str, feature: int) -> list[Score]:
        """A pair of the SAE at every threshold on test proteins, by threshold."""
        where = "WHERE concept = ? AND feature = ? AND split = 'test' ORDER BY threshold"
        return self._records(Score, f"FROM scores {where}", [concept, feature])

    def verdicts(
        self, concept: str, verdict: str, *, limit: int | None = None, offset: int = 0
    ) -> list[ProteinVerdict]:
        """Proteins that the best feature of a concept finds, misses or adds, the strongest first.

        Args:
            concept: name.
            verdict: found, missed or extra.
            limit: of the proteins; None for all.
            offset: of the first.
        """
        return self._records(
            ProteinVerdict,
            "FROM verdicts WHERE concept = ? AND verdict = ? ORDER BY strength DESC, accession "
            "LIMIT ? OFFSET ?",
            [concept, verdict, limit, offset],
        )

    def n_verdicts(self, concept: str) -> dict[str, int]:
        """How many proteins each verdict has."""
        return dict(
            self._all(
                "SELECT verdict, count(*) FROM verdicts WHERE concept = ? GROUP BY verdict",
                [concept],
            )
        )

    @cached_property
    def rare_concepts(self) -> tuple[RareConcept, ...]:
        """Concepts that are too rare to be scored, by name."""
        return tuple(self._records(RareConcept, "FROM rare_concepts ORDER BY lower(concept)", []))

    @cached_property
    def concepts(self) -> tuple[ConceptRow, ...]:
        """All concepts by name."""
        return tuple(self._records(ConceptRow, "FROM concepts ORDER BY lower(concept)", []))

    def labels(self) -> list[Pair]:
        """The pair that each labelled feature of the SAE is named after, by feature."""
        where = "FROM pairs WHERE representation = 'sae' AND is_label ORDER BY feature"
        return self._records(Pair, where, [])

    def examples(self, feature: int, bucket: str | None = None) -> list[Example]:
        """Proteins on which a feature fires, of one bucket or all, by rank."""
        return [e for e in self._examples(feature) if bucket is None or e.bucket == bucket]

    def examples_on(self, accessions: Collection[str]) -> list[Example]:
        """Examples of all features on some proteins, the strongest first."""
        where = "FROM examples WHERE accession = ANY(?::VARCHAR[]) ORDER BY maximum DESC, rank"
        return self._records(Example, where, [list(accessions)])

    def proteins(self, accessions: Sequence[str]) -> dict[str, Protein]:
        """Proteins by accession; unknown ones are left out."""
        return self._proteins.get(accessions)

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
        found = self._annotations.get(accessions)
        return {accession: list(spans) for accession, spans in found.items()}

    def similar(self, feature: int, limit: int) -> list[Related]:
        """Features whose decoder directions point the same way; likeness is their cosine."""
        return self._related("neighbours", "cosine", feature, limit)

    def coactive(self, feature: int, limit: int) -> list[Related]:
        """Features that fire on the same residues; likeness is the Jaccard index."""
        return self._related("coactivation", "jaccard", feature, limit)

    def _related(self, table: str, likeness: str, feature: int, limit: int) -> list[Related]:
        rows = self._all(
            f"SELECT other, {likeness} FROM {table} WHERE feature = ? ORDER BY rank LIMIT ?",
            [feature, limit],
        )
        labels, f1 = self._named["label"], self._named["f1"]
        return [
            Related(other=other, likeness=value, label=labels[other], f1=f1[other])
            for other, value in rows
        ]

    @cached_property
    def _named(self) -> dict[str, list[Any]]:
        return self.columns("label", "f1")

    def enrichment(self, feature: int, limit: int) -> list[EnrichedLabel]:
        """Whole-protein labels enriched among the strongest proteins, the surest first."""
        return self._records(
            EnrichedLabel,
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


# What is remembered is read by functions: methods would keep a reader that is let go, and its file
# open.


def _feature(queries: Queries, feature: int) -> Feature | None:
    found = queries.records(Feature, "FROM features WHERE feature = ?", [feature])
    return found[0] if found else None


def _pairs_of_concept(queries: Queries, concept: str) -> list[Pair]:
    return queries.records(Pair, f"FROM pairs WHERE concept = ? {_BEST_FIRST}", [concept])


def _examples(queries: Queries, feature: int) -> list[Example]:
    where = "FROM examples WHERE feature = ? ORDER BY maximum DESC, rank"
    return queries.records(Example, where, [feature])


def _proteins(queries: Queries, accessions: list[str]) -> dict[str, Protein]:
    where = "FROM proteins WHERE accession = ANY(?::VARCHAR[])"
    return {found.accession: found for found in queries.records(Protein, where, [accessions])}


def _annotations(queries: Queries, accessions: list[str]) -> dict[str, list[Annotation]]:
    spans: dict[str, list[Annotation]] = {accession: [] for accession in accessions}
    where = "FROM annotations WHERE accession = ANY(?::VARCHAR[]) ORDER BY start, stop"
    for span in queries.records(Annotation, where, [accessions]):
        spans[span.accession].append(span)
    return spans
