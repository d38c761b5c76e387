"""Concepts with the same instances as one concept of several names."""

from collections import defaultdict
from dataclasses import replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.spans import Concept
from interplm.concepts.table import ConceptTable

# The more a name says the earlier it comes; one that a biologist chose comes before a letter.
_ROLES = ("annotation", "amino_acid", "control")
_SCOPES = ("named", "group", "any", "any kept")


def merged_duplicates(table: ConceptTable) -> ConceptTable:
    """One concept for each distinct set of instances, under the most specific name.

    A category with one member, a group with one and the member itself are the same residues: one
    finding, that would be counted three times. The other names become aliases.
    """
    groups: dict[bytes, list[int]] = defaultdict(list)
    for number, key in enumerate(_keys(table)):
        groups[key].append(number)
    concepts, kept = list(table.concepts), np.zeros(len(table.concepts), np.bool_)
    for members in groups.values():
        first, *others = sorted(members, key=lambda number: _rank(table.concepts[number]))
        kept[first] = True
        names = {table.concepts[number].name for number in others}
        for number in members:
            names.update(table.concepts[number].aliases)
        concepts[first] = replace(concepts[first], aliases=tuple(sorted(names)))
    return replace(table, concepts=tuple(concepts)).with_concepts(kept)


def _rank(concept: Concept) -> tuple[int, int, str]:
    return _ROLES.index(concept.role), _SCOPES.index(concept.scope), concept.name


def _keys(table: ConceptTable) -> list[bytes]:
    """For each concept a digest of its distinct instances; one without any has one of its own."""
    # Two ends that touch or meet are the whole span.
    ends_only = table.ends_only & (table.stop - table.start > 2)
    rows = np.stack([table.concept, table.protein, table.start, table.stop, ends_only])
    rows = np.unique(rows.astype(np.int32), axis=1)
    bounds = np.searchsorted(rows[0], np.arange(len(table.concepts) + 1))
    return [
        _digest(rows[1:, start:stop]) if stop > start else f"empty {number}".encode()
        for number, (start, stop) in enumerate(zip(bounds[:-1], bounds[1:], strict=True))
    ]


def _digest(instances: NDArray[np.int32]) -> bytes:
    return blake2b(np.ascontiguousarray(instances).tobytes(), digest_size=16).digest()
