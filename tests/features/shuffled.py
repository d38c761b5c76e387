"""Annotations moved between proteins, for which no figure may be above chance."""

import numpy as np

from interplm.concepts import ConceptTable
from interplm.features.scoring.permutation_test import moved


def shuffled_annotations(
    table: ConceptTable, *, group_size: int, rng: np.random.Generator
) -> ConceptTable:
    """Within groups of similar length; no protein keeps its own, which would still be right.

    Spans that fall into what a shorter protein lacks are lost.
    """
    target = np.arange(len(table.lengths))
    by_length = np.argsort(table.lengths, kind="stable")
    for members in np.array_split(by_length, max(1, len(by_length) // group_size)):
        circle = rng.permutation(members)
        target[circle] = np.roll(circle, 1)
    start, stop = moved(
        table.start.astype(np.int64),
        table.stop.astype(np.int64),
        table.lengths[table.protein],
        table.lengths[target[table.protein]],
    )
    kept = stop > start
    return ConceptTable.from_arrays(
        concepts=table.concepts,
        accessions=table.accessions,
        lengths=table.lengths,
        concept=table.concept[kept],
        protein=target[table.protein][kept],
        start=start[kept],
        stop=stop[kept],
        ends_only=table.ends_only[kept],
    )
