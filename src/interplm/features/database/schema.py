"""The tables of `features.duckdb`, which the report, the explorer and notebooks read."""

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from interplm.features.database import records

SCHEMA_VERSION = 4
_TYPES = {int: "BIGINT", float: "DOUBLE", str: "VARCHAR", bool: "BOOLEAN"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the database.

    Attributes:
        record: a class of `records`; its fields are the columns.
        order: columns by which rows are stored. Rows that are asked for together lie together, so
            that a query reads a small part of a table.
        is_keyed: whether the first of them is unique, and indexed.
    """

    record: type[Any]  # any of the records
    order: str
    is_keyed: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """Name and DuckDB type of each column."""
        hints = get_type_hints(self.record, include_extras=True)
        return {name: _duckdb_type(hint) for name, hint in hints.items()}

    def definition(self) -> str:
        """The columns as CREATE TABLE takes them."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        return f"{columns}, PRIMARY KEY ({self.order.split(', ')[0]})" if self.is_keyed else columns


TABLES = {
    "meta": Table(records.Entry, "key", is_keyed=True),
    "features": Table(records.Feature, "feature", is_keyed=True),
    "concepts": Table(records.ConceptRow, "concept", is_keyed=True),
    "rare_concepts": Table(records.RareConcept, "concept", is_keyed=True),
    "representations": Table(records.RepresentationSummary, "representation", is_keyed=True),
    "differences": Table(records.Difference, "baseline", is_keyed=True),
    "pairs": Table(records.Pair, "representation, feature, concept"),
    "scores": Table(records.Score, "concept, feature, split, threshold"),
    "proteins": Table(records.Protein, "accession", is_keyed=True),
    "annotations": Table(records.Annotation, "accession, start, stop, concept"),
    "verdicts": Table(records.ProteinVerdict, "concept, verdict, strength DESC, accession"),
    "examples": Table(records.Example, "feature, bucket, rank"),
    "coactivation": Table(records.Coactive, "feature, rank"),
    "neighbours": Table(records.Neighbour, "feature, rank"),
    "enrichment": Table(records.EnrichedLabel, "feature, q_value, label"),
}


def _duckdb_type(hint: Any) -> str:  # Any: a type as typing describes it
    if get_origin(hint) is Annotated:
        return str(get_args(hint)[1])
    if isinstance(hint, UnionType) or NoneType in get_args(hint):  # every column may be NULL
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
        return _duckdb_type(hint)
    if get_origin(hint) is tuple:
        return f"{_duckdb_type(get_args(hint)[0])}[]"
    return _TYPES[hint]
