"""Random spans as concepts, which no feature can have learnt."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.spans import Concept
from interplm.concepts.table import ConceptTable


def with_controls(
    table: ConceptTable, n: int, *, parts: tuple[NDArray[np.bool_], ...], rng: np.random.Generator
) -> ConceptTable:
    """Add concepts whose instances lie anywhere, as many and as long as those of real ones.

    Whatever is said to be found in them is an artefact of the measure: a feature that fires
    everywhere covers a concept that lies everywhere.

    Args:
        table: of the concepts to imitate, from the rarest to the most frequent.
        n: controls, at most one for each annotated concept.
        parts: masks of proteins, [n_proteins] each; instances stay within their part, so that
            controls are as frequent as the real ones on each side of a split.
        rng: of the places.
    """
    models = _spread(table, n)
    if not len(models):
        return table
    chosen = [np.flatnonzero(table.concept == model) for model in models]
    spans = np.concatenate(chosen)
    protein, start = _anywhere(table, spans, parts, rng)
    length = table.stop[spans] - table.start[spans]
    controls = tuple(_control(table.concepts[model]) for model in models)
    numbers = np.repeat(len(table.concepts) + np.arange(len(models)), [len(c) for c in chosen])
    return ConceptTable.from_arrays(
        concepts=(*table.concepts, *controls),
        accessions=table.accessions,
        lengths=table.lengths,
        concept=np.concatenate((table.concept, numbers)),
        protein=np.concatenate((table.protein, protein)),
        start=np.concatenate((table.start, start)),
        stop=np.concatenate((table.stop, start + length)),
        ends_only=np.concatenate((table.ends_only, table.ends_only[spans])),
    )


def _spread(table: ConceptTable, n: int) -> NDArray[np.int64]:
    """Annotated concepts at even steps from the rarest to the most frequent, by residues."""
    real = np.array([c.role == "annotation" for c in table.concepts], dtype=np.bool_)
    by_size = np.argsort(table.residue_counts(), kind="stable")
    by_size = by_size[real[by_size]]
    places = np.linspace(0, len(by_size) - 1, min(n, len(by_size)))
    return by_size[places.round().astype(np.int64)]


def _control(model: Concept) -> Concept:
    return replace(
        model,
        name=f"Control: random spans like {model.name}",
        category="Control",
        family="Controls",
        scope="named",
        role="control",
        aliases=(),
    )


def _anywhere(
    table: ConceptTable,
    spans: NDArray[np.int64],
    parts: tuple[NDArray[np.bool_], ...],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Protein and start of each span, every place of its part that can hold it equally likely."""
    protein, start = table.protein[spans].astype(np.int64), np.zeros(len(spans), np.int64)
    length = (table.stop - table.start)[spans].astype(np.int64)
    for part in parts:
        members = np.flatnonzero(part)
        for size in np.unique(length):
            own = np.flatnonzero(part[protein] & (length == size))
            # A protein of L residues has L - size + 1 places for a span of that size.
            places = np.cumsum(np.maximum(table.lengths[members] - size + 1, 0))
            drawn = rng.integers(places[-1], size=len(own)) if len(own) else own
            index = np.searchsorted(places, drawn, side="right")
            protein[own] = members[index]
            start[own] = drawn - np.append(0, places)[index]
    return protein, start
