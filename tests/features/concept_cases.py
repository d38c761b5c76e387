"""Small proteins with concepts and features, and the slow way to count them."""

import numpy as np

from interplm.concepts.spans import Concept
from interplm.concepts.table import ConceptTable
from interplm.features.encoding.blocks import FeatureBlock
from interplm.features.scoring.counts import ConceptCounts

THRESHOLDS = (0.0, 0.15, 0.5, 0.6, 0.8)


def concept(name: str, kind: str = "domain", **changes) -> Concept:
    return Concept(**{"name": name, "category": name, "kind": kind, "family": "f"} | changes)


def table(lengths, spans, *, n_concepts: int | None = None, kinds=None) -> ConceptTable:
    """Spans are (protein, concept, start, stop) or (protein, concept, start, stop, ends_only)."""
    columns = np.array([(*span, False)[:5] for span in spans], dtype=np.int64).reshape(-1, 5)
    n = n_concepts or int(columns[:, 1].max(initial=-1)) + 1
    kinds = kinds or ["domain"] * n
    return ConceptTable.from_arrays(
        concepts=[concept(f"c{i}", kinds[i]) for i in range(n)],
        accessions=[f"P{i}" for i in range(len(lengths))],
        lengths=np.array(lengths),
        protein=columns[:, 0],
        concept=columns[:, 1],
        start=columns[:, 2],
        stop=columns[:, 3],
        ends_only=columns[:, 4].astype(bool),
    )


def random_table(rng, *, n_proteins: int = 12, n_concepts: int = 5, n_spans: int = 60):
    """Overlapping, equal, adjacent, nested and two-ended spans, and one-residue proteins."""
    lengths = rng.integers(1, 25, size=n_proteins)
    spans = []
    for _ in range(n_spans):
        protein = int(rng.integers(n_proteins))
        start = int(rng.integers(lengths[protein]))
        stop = int(rng.integers(start + 1, lengths[protein] + 1))
        spans.append((protein, int(rng.integers(n_concepts)), start, stop, rng.random() < 0.2))
    return table(lengths, spans, n_concepts=n_concepts)


def random_features(rng, lengths, *, d_sae: int = 9, density: float = 0.3) -> list[np.ndarray]:
    """Dense features of each protein; some values equal a threshold exactly."""
    features = []
    for length in lengths:
        values = rng.random((length, d_sae)).astype(np.float32)
        on_threshold = rng.random(values.shape) < 0.2
        values[on_threshold] = rng.choice(np.float32(THRESHOLDS), size=int(on_threshold.sum()))
        values *= rng.random(values.shape) < density
        values[:, 0] = 0.0  # fires nowhere
        values[:, 1] = 1.0  # fires everywhere
        features.append(values)
    return features


def block(features: list[np.ndarray], proteins=None) -> FeatureBlock:
    """The dense features of some proteins as a block; `proteins` numbers them."""
    proteins = np.arange(len(features)) if proteins is None else np.asarray(proteins)
    rows = np.concatenate([features[number] for number in proteins])
    row, feature = np.nonzero(rows)
    lengths = [len(features[number]) for number in proteins]
    return FeatureBlock(
        proteins=proteins,
        offsets=np.append(0, np.cumsum(lengths)),
        indptr=np.searchsorted(row, np.arange(len(rows) + 1)),
        feature=feature.astype(np.int32),
        value=rows[row, feature],
    )


def residues_of(start: int, stop: int, ends_only: bool) -> set[int]:
    return {start, stop - 1} if ends_only else set(range(start, stop))


def instances_by_hand(table: ConceptTable, number: int, proteins) -> list[tuple[int, set[int]]]:
    """(protein, its residues) of every instance of a concept on some proteins."""
    spans = zip(table.protein, table.concept, table.start, table.stop, table.ends_only, strict=True)
    return [
        (int(protein), residues_of(int(start), int(stop), bool(ends_only)))
        for protein, concept, start, stop, ends_only in spans
        if concept == number and protein in set(proteins)
    ]


def count_by_hand(table: ConceptTable, features: list[np.ndarray], proteins) -> ConceptCounts:
    """Every count by a loop over concepts, features, thresholds, proteins and residues."""
    proteins = list(proteins)
    n, d_sae, n_thresholds = len(table.concepts), features[0].shape[1], len(THRESHOLDS)
    tp, hits = (np.zeros((n, d_sae, n_thresholds), np.int64) for _ in range(2))
    firing = np.zeros((d_sae, n_thresholds), np.int64)
    n_residues, n_domains = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for f in range(d_sae):
        for t, threshold in enumerate(np.float32(THRESHOLDS)):
            fires = {p: {r for r, v in enumerate(features[p][:, f]) if v > threshold}
                     for p in proteins}  # fmt: skip
            firing[f, t] = sum(len(rows) for rows in fires.values())
            for c in range(n):
                instances = instances_by_hand(table, c, proteins)
                labelled = {(p, r) for p, rows in instances for r in rows}
                n_residues[c], n_domains[c] = len(labelled), len(instances)
                tp[c, f, t] = sum(r in fires[p] for p, r in labelled)
                hits[c, f, t] = sum(bool(rows & fires[p]) for p, rows in instances)
    return ConceptCounts(
        concepts=table.concepts, thresholds=THRESHOLDS, tp=tp, n_found=hits, firing=firing,
        n_residues=n_residues, n_domains=n_domains, n_proteins=len(proteins),
        n_rows=sum(len(features[p]) for p in proteins),
    )  # fmt: skip


def assert_equal_counts(found: ConceptCounts, expected: ConceptCounts) -> None:
    for name in ("tp", "n_found", "firing", "n_residues", "n_domains"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    for name in ("concepts", "thresholds", "n_proteins", "n_rows"):
        assert getattr(found, name) == getattr(expected, name), name
