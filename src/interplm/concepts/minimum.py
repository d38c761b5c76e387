"""Which concepts have enough instances, and what follows from that."""

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.spans import Concept
from interplm.concepts.table import ConceptTable


def with_minimum_instances(table: ConceptTable, minimum: int) -> ConceptTable:
    """Concepts with at least `minimum` instances, and `<category>: any kept` beside them.

    `<category>: any` takes every annotation of a category; `any kept` only those whose own name
    was kept, as the original toolkit's "any" did. There is one for each category that has an
    "any" and a name that was kept.
    """
    kept = table.with_concepts(table.domain_counts() >= minimum)
    categories = dict.fromkeys(c.category for c in kept.concepts if c.scope == "any")
    for category in categories:
        named = np.array([c.category == category and c.scope == "named" for c in kept.concepts])
        if named.any():
            kept = _with_union(kept, named, f"{category}: any kept")
    return kept


def _with_union(table: ConceptTable, members: NDArray[np.bool_], name: str) -> ConceptTable:
    """One more concept, with every instance of the concepts of a mask."""
    first = table.concepts[int(np.flatnonzero(members)[0])]
    union = Concept(
        name=name, category=first.category, kind=first.kind, family=first.family, scope="any kept"
    )
    spans = np.flatnonzero(members[table.concept])
    rows = np.concatenate((np.arange(table.n_spans), spans))
    number = np.full(len(spans), len(table.concepts), np.int32)
    return ConceptTable.from_arrays(
        concepts=(*table.concepts, union),
        accessions=table.accessions,
        lengths=table.lengths,
        concept=np.concatenate((table.concept, number)),
        protein=table.protein[rows],
        start=table.start[rows],
        stop=table.stop[rows],
        ends_only=table.ends_only[rows],
    )
