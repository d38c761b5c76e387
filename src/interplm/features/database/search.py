"""Which features a list shows, and in which order."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from interplm.concepts.amino_acids import AMINO_ACID_NAMES
from interplm.errors import UserError
from interplm.features.database.words import CONCEPT_TEXT, bare_sql, words_of

# Rows of a query with its values; Any: as the columns' types are.
Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

SORTS = {
    "evidence": "n_words DESC, is_label DESC, average_precision DESC NULLS LAST, f1",
    "feature": "feature",
    "label": "lower(label)",
    "average_precision": "average_precision",
    "margin": "margin",
    "f1": "f1",
    "f1_residue": "f1_residue",
    "density": "density",
    "mean_activation": "mean_activation",
    "pattern": "pattern",
}
_LONGEST_TEXT = 200
_MOST_WORDS = 8
_TYPES: dict[tuple[str, ...], tuple[type, ...]] = {
    ("text", "concept", "category", "pattern", "sort"): (str,),
    ("min_average_precision", "min_density", "max_density"): (int, float),
    ("proteins", "amino_acids", "descending"): (bool,),
    ("area", "families"): (tuple, list),
}
# Made once for each concept, not for each pair.
_TEXTS = f"texts AS MATERIALIZED (SELECT *, {CONCEPT_TEXT} AS text FROM concepts)"
_PROTEIN_TEXT = bare_sql("concat_ws(' ', q.accession, q.name)")
# Where a word may stand: in a concept that the feature detects, whether or not its label names it,
# or in the label; and in its strongest proteins or in what these have in common.
_IN_CONCEPTS = f"""feature IN (SELECT p.feature FROM pairs p JOIN texts c USING (concept)
        WHERE p.representation = 'sae' AND contains(c.text, ?))
    OR contains({bare_sql("label")}, ?)"""
_IN_PROTEINS = f"""feature IN (SELECT e.feature FROM examples e JOIN proteins q USING (accession)
        WHERE e.bucket = 'top' AND contains({_PROTEIN_TEXT}, ?))
    OR feature IN (SELECT t.feature FROM enrichment t WHERE contains({bare_sql("t.label")}, ?))"""

_NUMBER = r"(?:f/?)?(\d{1,9})"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureQuery:
    """Conditions that all hold; an empty one is none.

    Attributes:
        text: words, each in a concept that the feature detects, its family, the label, a strong
            protein's accession or name; or a feature's number, as f/1503.
        concept: exact name of one that the feature detects, best or not.
        category: of a concept that the feature detects.
        pattern: activation pattern, see `PATTERNS`.
        min_average_precision: on test proteins; 0 also lists features without a concept.
        min_density: fraction of the residues.
        max_density: fraction of the residues.
        area: x and y of two corners on the map, each 0..1; empty for all of it.
        families: of which the label's is one, "" for features without a label; empty for all.
        proteins: look for the words in strong proteins and their labels too.
        amino_acids: features that amino acids explain too. A concept or a category asks for them
            as well, and so does text that names a concept which they detect, or their number.
        sort: one of `SORTS`.
        descending: the highest first; features without a value come last either way.
    """

    text: str = ""
    concept: str = ""
    category: str = ""
    pattern: str = ""
    min_average_precision: float = 0.0
    min_density: float = 0.0
    max_density: float = 1.0
    area: Sequence[float] = ()
    families: Sequence[str] = ()
    proteins: bool = True
    amino_acids: bool = False
    sort: str = "evidence"
    descending: bool = True

    def __post_init__(self) -> None:
        for names, kinds in _TYPES.items():
            for name in names:
                value = getattr(self, name)
                if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
                    raise UserError(f"{name} must be {kinds[-1].__name__}, got {value!r}.")
        for name in ("min_average_precision", "min_density", "max_density"):
            if not math.isfinite(getattr(self, name)):
                raise UserError(f"{name} must be a number, got {getattr(self, name)}.")
        if self.sort not in SORTS:
            raise UserError(f"sort must be one of {', '.join(SORTS)}, got {self.sort!r}.")
        if len(self.text) > _LONGEST_TEXT:
            raise UserError(f"The search text is longer than {_LONGEST_TEXT} characters.")
        is_box = len(self.area) == 4 and all(
            isinstance(v, (int, float)) and math.isfinite(v) for v in self.area
        )
        if len(self.area) and not is_box:
            raise UserError("area must be four numbers, x and y of two corners.")
        if not all(isinstance(family, str) for family in self.families):
            raise UserError("families must be texts.")
        # By which lists are remembered, so that it has to be hashable.
        object.__setattr__(self, "area", tuple(self.area))
        object.__setattr__(self, "families", tuple(self.families))

    @property
    def words(self) -> list[str]:
        """Of the text, each once."""
        return words_of(self.text)[:_MOST_WORDS]

    @property
    def numbers(self) -> list[int]:
        """Of features, among the words: 1503 and f/1503 are one."""
        matches = (re.fullmatch(_NUMBER, word) for word in self.words)
        return [int(match[1]) for match in matches if match]

    @property
    def asks_for_concepts(self) -> bool:
        """Whether a concept other than that of the label may be asked for."""
        return bool(self.words or self.concept or self.category)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeature:
    """A feature in a list, with the concept for which it is there.

    Attributes:
        feature: its number.
        label: of the feature; None without one.
        concept: of the figures: the one asked for that it detects best, or that of the label.
        family: of the concept.
        n_domains_test: instances of the concept in test proteins.
        strength: how far the evidence carries the label, which need not be the concept.
        average_precision: of the pair on test proteins, as the next three.
        margin: average precision less that of the best baseline for the concept.
        f1: as the protocol counts it.
        f1_residue: counted by residues.
        q_value: of the pair's F1; None where it was not tested.
        density: fraction of the residues on which it fires.
        mean_activation: where it fires, a fraction of its maximum.
        pattern: activation pattern.
        protein: accession of a strong protein that has the words asked for, where no concept has.
    """

    feature: int
    label: str | None
    concept: str | None
    family: str | None
    n_domains_test: int | None
    strength: str | None
    average_precision: float | None
    margin: float | None
    f1: float | None
    f1_residue: float | None
    q_value: float | None
    density: float
    mean_activation: float
    pattern: str
    protein: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptSought:
    """A concept that a search names and for which it found no feature.

    Attributes:
        concept: its name.
        n_test: instances in test proteins.
        feature: the best one, if the scores kept name any.
        f1: of that feature on test proteins.
    """

    concept: str
    n_test: int
    feature: int | None
    f1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInList:
    """Where a feature stands in a list.

    Attributes:
        place: from 1.
        total: features in the list.
        previous: number of the one before it; None for the first.
        next: of the one after it; None for the last.
    """

    place: int
    total: int
    previous: int | None
    next: int | None


class FeatureList:
    """All features that fit a query, in its order.

    Args:
        features: their numbers.
    """

    def __init__(self, features: Sequence[int]) -> None:
        self._features = features
        self._index = {feature: index for index, feature in enumerate(features)}

    def place(self, feature: int) -> PlaceInList | None:
        """Where a feature stands; None if it does not fit."""
        index = self._index.get(feature)
        if index is None:
            return None
        return PlaceInList(
            place=index + 1,
            total=len(self._features),
            previous=self._features[index - 1] if index else None,
            next=self._features[index + 1] if index + 1 < len(self._features) else None,
        )


def list_features(ask: Ask, query: FeatureQuery) -> FeatureList:
    """All features that fit."""
    sql, values = _listed(query)
    rows = ask(f"SELECT feature FROM ({sql}) ORDER BY {_order(query)}", values)
    return FeatureList([int(feature) for (feature,) in rows])


def find_features(
    ask: Ask, query: FeatureQuery, *, limit: int, offset: int
) -> tuple[list[FoundFeature], int]:
    """Features of one page, and how many there are on all pages."""
    sql, values = _listed(query)
    names = [name for name in FoundFeature.__dataclass_fields__ if name != "protein"]
    rows = ask(
        f"SELECT {', '.join(names)}, n_words, count(*) OVER () FROM ({sql}) "
        f"ORDER BY {_order(query)} LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    # Beyond the last page no row tells how many there are.
    total = rows[0][-1] if rows else ask(f"SELECT count(*) FROM ({sql})", values)[0][0]
    unnamed = [row[0] for row in rows if row[-2] < len(query.words)]
    proteins = _proteins_with(ask, query.words, unnamed)
    found = [
        FoundFeature(**dict(zip(names, row, strict=False)), protein=proteins.get(row[0]))
        for row in rows
    ]
    return found, int(total)


def concepts_sought(ask: Ask, query: FeatureQuery, *, limit: int) -> list[ConceptSought]:
    """Concepts that a query names, however well they are detected, the commonest first."""
    conditions = ["contains(c.text, ?)" for _ in query.words]
    values: list[Any] = list(query.words)
    if query.concept:
        conditions.append("c.concept = ?")
        values.append(query.concept)
    if not conditions:
        return []
    rows = ask(
        f"WITH {_TEXTS} "
        "SELECT c.concept, c.n_domains_test, arg_max(s.feature, s.f1), max(s.f1) FROM texts c "
        "LEFT JOIN scores s ON s.concept = c.concept AND s.split = 'test' "
        f"WHERE {' AND '.join(conditions)} GROUP BY ALL ORDER BY c.n_domains_test DESC, c.concept "
        "LIMIT ?",
        [*values, limit],
    )
    return [
        ConceptSought(concept=concept, n_test=n, feature=feature, f1=f1)
        for concept, n, feature, f1 in rows
    ]


def _order(query: FeatureQuery) -> str:
    """Total, so that pages never overlap."""
    direction = "DESC" if query.descending else "ASC"
    return f"{SORTS[query.sort]} {direction} NULLS LAST, feature"


def _listed(query: FeatureQuery) -> tuple[str, list[Any]]:
    """All features that fit with the pair for which they are shown, and the values."""
    pair_conditions, pair_values = ["p.representation = 'sae'"], []
    for sql, value in (("p.concept = ?", query.concept), ("c.category = ?", query.category)):
        if value:
            pair_conditions.append(sql)
            pair_values.append(value)
    words = " + ".join(["contains(c.text, ?)::INT" for _ in query.words] or ["0"])
    if not query.asks_for_concepts:
        pair_conditions.append("p.concept = f.concept")
    conditions, values = _conditions(query)
    join = "JOIN" if query.concept or query.category else "LEFT JOIN"
    sql = f"""
        WITH {_TEXTS}, asked AS (
            SELECT p.feature, p.concept, c.family, c.n_domains_test, p.average_precision, p.margin,
                p.f1, p.f1_residue, p.q_value,
                {words} AS n_words, coalesce(p.concept = f.concept, false) AS is_label
            FROM pairs p JOIN texts c USING (concept) JOIN features f USING (feature)
            WHERE {" AND ".join(pair_conditions)}
            QUALIFY row_number() OVER (PARTITION BY p.feature ORDER BY n_words DESC,
                is_label DESC, p.average_precision DESC NULLS LAST, p.concept) = 1
        )
        SELECT f.feature, f.label, a.concept, a.family, a.n_domains_test, f.strength,
            a.average_precision, a.margin, a.f1, a.f1_residue, a.q_value, f.density,
            f.mean_activation, f.pattern,
            coalesce(a.n_words, 0) AS n_words,
            coalesce(a.is_label, false) AS is_label
        FROM features f {join} asked a USING (feature) WHERE {" AND ".join(conditions)}"""
    return sql, [*query.words, *pair_values, *values]


def _conditions(query: FeatureQuery) -> tuple[list[str], list[Any]]:
    """Conditions on features and the pair for which they are shown, and their values."""
    conditions: list[str] = ["true"]
    values: list[Any] = []
    for sql, given, is_set in (
        ("f.pattern = ?", [query.pattern], query.pattern),
        ("a.average_precision >= ?", [query.min_average_precision], query.min_average_precision),
        ("f.density >= ?", [query.min_density], query.min_density > 0),
        ("f.density <= ?", [query.max_density], query.max_density < 1),
        (
            "(NOT coalesce(list_contains(?, f.label), false) OR f.feature = ANY(?::INTEGER[]) "
            "OR (? > 0 AND a.n_words = ?))",
            [sorted(AMINO_ACID_NAMES), query.numbers, len(query.words), len(query.words)],
            not (query.amino_acids or query.concept or query.category),
        ),
        (_IN_AREA, query.area, len(query.area)),
        ("list_contains(?, coalesce(f.family, ''))", [list(query.families)], query.families),
    ):
        if is_set:
            conditions.append(sql)
            values += given
    for word in query.words:
        number = re.fullmatch(_NUMBER, word)
        places = (_IN_CONCEPTS, _IN_PROTEINS) if query.proteins else (_IN_CONCEPTS,)
        conditions.append(f"({' OR '.join(places)} OR feature = ?)")
        values += [word] * (2 * len(places)) + [int(number[1]) if number else -1]
    return conditions, values


_IN_AREA = """f.feature IN (
    WITH scaled AS (
        SELECT feature, (x - min(x) OVER ()) / (max(x) OVER () - min(x) OVER ()) AS x,
            (y - min(y) OVER ()) / (max(y) OVER () - min(y) OVER ()) AS y
        FROM features WHERE x IS NOT NULL)
    SELECT s.feature FROM scaled s, (SELECT ? AS x0, ? AS y0, ? AS x1, ? AS y1)
    WHERE s.x BETWEEN least(x0, x1) AND greatest(x0, x1)
        AND s.y BETWEEN least(y0, y1) AND greatest(y0, y1))"""


def _proteins_with(ask: Ask, words: Sequence[str], features: Sequence[int]) -> dict[int, str]:
    """By feature, the strongest protein that has most of the words in its accession or name."""
    if not features or not words:
        return {}
    counted = " + ".join(f"contains({_PROTEIN_TEXT}, ?)::INT" for _ in words)
    rows = ask(
        f"SELECT feature, arg_max(accession, (n, maximum)) FROM (SELECT e.feature, e.accession, "
        f"e.maximum, {counted} AS n FROM examples e JOIN proteins q USING (accession) "
        "WHERE e.bucket = 'top' AND e.feature = ANY(?::INTEGER[])) WHERE n > 0 GROUP BY feature",
        [*words, list(features)],
    )
    return dict(rows)
