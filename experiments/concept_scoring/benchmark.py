"""How long does it take to count all concepts x features x thresholds, and in how much memory?

Synthetic sparse features and concepts, at three sizes that end at the target, with the twenty
thresholds of the scoring job and the average precision of every concept and feature; then, on a
smaller case in the same process and at the paper's five thresholds, against a straightforward
implementation that counts as the original toolkit does: for each threshold and concept the sparse
products of the features with the labels (true positives) and with their complement (false
positives), and for each feature the distinct instances among its firing residues. Both must give
the same counts.

python experiments/concept_scoring/benchmark.py                        # 500,000 residues
python experiments/concept_scoring/benchmark.py --residues 50000 --small-residues 1000
"""

import argparse
import resource
import time

import numpy as np
import scipy.sparse as sp

from interplm.concepts.spans import Concept
from interplm.concepts.table import ConceptTable
from interplm.features.encoding.blocks import FeatureBlock
from interplm.features.scoring.counting import ConceptCounter
from interplm.features.scoring.counts import ConceptCounts

THRESHOLDS = tuple(level / 20 for level in range(20))
PAPER_THRESHOLDS = (0.0, 0.15, 0.5, 0.6, 0.8)
PROTEIN_LENGTH = 250
BLOCK_PROTEINS = 128  # 32,000 residues, as when a store is read
SWISS_PROT_RESIDUES = 1.8e8


def synthetic_features(n_residues: int, d_sae: int, l0: int, seed: int) -> FeatureBlock:
    """About `l0` features fire on each residue; some features far more often than others."""
    rng = np.random.default_rng(seed)
    drawn = rng.random((n_residues, l0), dtype=np.float32) ** 2 * d_sae
    feature = np.sort(drawn.astype(np.int32), axis=1)
    first = np.diff(feature, axis=1, prepend=-1) > 0  # a feature fires once on a residue
    n_proteins = n_residues // PROTEIN_LENGTH
    return FeatureBlock(
        proteins=np.arange(n_proteins),
        offsets=np.arange(n_proteins + 1) * PROTEIN_LENGTH,
        indptr=np.append(0, np.cumsum(first.sum(axis=1))),
        feature=feature[first],
        value=1 - rng.random(int(first.sum()), dtype=np.float32) ** 0.4,
    )


def synthetic_concepts(n_proteins: int, n_concepts: int, seed: int) -> ConceptTable:
    """Each residue carries about three concepts; instances of one concept lie apart."""
    rng = np.random.default_rng(seed)
    spans = []
    for protein in range(n_proteins):
        for _ in range(3):
            place = 0
            while (length := int(rng.choice([1, 5, 10, 40, 80]))) <= PROTEIN_LENGTH - place:
                concept = int(n_concepts * rng.random() ** 2)
                spans.append((protein, concept, place, place + length))
                place += length
    protein, concept, start, stop = np.unique(np.array(spans), axis=0).T
    # Of instances of one concept that overlap, only the first is kept: the straightforward
    # implementation has one instance per residue and could not count the others.
    order = np.lexsort((start, concept, protein))
    protein, concept, start, stop = (x[order] for x in (protein, concept, start, stop))
    kept = np.ones(len(start), bool)
    reached, last = 0, (-1, -1)
    for i in range(len(start)):
        if (protein[i], concept[i]) != last:
            reached, last = 0, (protein[i], concept[i])
        kept[i] = start[i] >= reached
        reached = max(reached, stop[i]) if kept[i] else reached
    return ConceptTable.from_arrays(
        concepts=[
            Concept(name=f"concept {i}", category="synthetic", kind="domain", family="synthetic")
            for i in range(n_concepts)
        ],
        accessions=[f"P{i}" for i in range(n_proteins)],
        lengths=np.full(n_proteins, PROTEIN_LENGTH),
        concept=concept[kept],
        protein=protein[kept],
        start=start[kept],
        stop=stop[kept],
        ends_only=np.zeros(int(kept.sum()), bool),
    )


def score(
    table: ConceptTable, features: FeatureBlock, d_sae: int
) -> tuple[ConceptCounts, np.ndarray]:
    """Counts, and average precision of every pair."""
    counts = count(table, features, d_sae, THRESHOLDS)
    precision = np.zeros(counts.tp.shape[:2], np.float32)
    for concept in range(len(precision)):
        precision[concept] = counts.average_precision(concept)
    return counts, precision


def count(
    table: ConceptTable, features: FeatureBlock, d_sae: int, thresholds: tuple[float, ...]
) -> ConceptCounts:
    """What scoring does, given the features."""
    counter = ConceptCounter(table=table, d_sae=d_sae, thresholds=thresholds)
    for first in range(0, len(features.proteins), BLOCK_PROTEINS):
        stop = min(first + BLOCK_PROTEINS, len(features.proteins))
        rows = features.indptr[features.offsets[first] : features.offsets[stop] + 1]
        entries = slice(rows[0], rows[-1])
        counter.add(
            FeatureBlock(
                proteins=features.proteins[first:stop],
                offsets=features.offsets[first : stop + 1] - features.offsets[first],
                indptr=rows - rows[0],
                feature=features.feature[entries],
                value=features.value[entries],
            )
        )
    return counter.counts()


def count_straightforwardly(
    table: ConceptTable, features: FeatureBlock, d_sae: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True and false positives and instances hit, [n_concepts, d_sae, n_thresholds]."""
    n_residues, n_concepts = len(features.indptr) - 1, len(table.concepts)
    labels = np.zeros((n_concepts, n_residues), np.int32)
    for i in range(table.n_spans):
        origin = int(features.offsets[table.protein[i]])
        labels[table.concept[i], origin + table.start[i] : origin + table.stop[i]] = i + 1
    values = sp.csr_array(
        (features.value, features.feature, features.indptr), shape=(n_residues, d_sae)
    )
    shape = (n_concepts, d_sae, len(PAPER_THRESHOLDS))
    tp, fp, hits = (np.zeros(shape, np.int64) for _ in range(3))
    for t, threshold in enumerate(PAPER_THRESHOLDS):
        active = (values > np.float32(threshold)).astype(np.int32)
        for c in range(n_concepts):
            within = active.multiply(labels[c][:, None]).tocsc()
            within.eliminate_zeros()
            tp[c, :, t] = np.diff(within.indptr)
            fp[c, :, t] = active.multiply((labels[c] == 0)[:, None]).sum(axis=0)
            for f in np.flatnonzero(np.diff(within.indptr)):
                ids = within.data[within.indptr[f] : within.indptr[f + 1]]
                hits[c, f, t] = len(np.unique(ids))
    return tp, fp, hits


def peak_memory() -> float:
    """Of this process so far, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residues", type=int, default=500_000)
    parser.add_argument("--features", type=int, default=10_240)
    parser.add_argument("--concepts", type=int, default=400)
    parser.add_argument("--l0", type=int, default=50)
    parser.add_argument("--small-residues", type=int, default=100_000)
    args = parser.parse_args()

    print("residues   entries  label pairs  seconds  residues/s  peak GiB (features alone)")
    seconds = 0.0
    for part in (4, 2, 1):
        n_residues = args.residues // part // PROTEIN_LENGTH * PROTEIN_LENGTH
        features = synthetic_features(n_residues, args.features, args.l0, seed=0)
        table = synthetic_concepts(n_residues // PROTEIN_LENGTH, args.concepts, seed=0)
        before = peak_memory()
        start = time.perf_counter()
        score(table, features, args.features)
        seconds = time.perf_counter() - start
        pairs = int(table.residue_counts().sum())
        print(
            f"{n_residues:8,d} {len(features.value):10,d} {pairs:11,d} {seconds:8.2f} "
            f"{n_residues / seconds:11,.0f} {peak_memory():9.2f} ({before:.2f})",
            flush=True,
        )

    n_residues = args.small_residues // PROTEIN_LENGTH * PROTEIN_LENGTH
    features = synthetic_features(n_residues, args.features, args.l0, seed=1)
    table = synthetic_concepts(n_residues // PROTEIN_LENGTH, args.concepts, seed=1)
    given = (table, features, args.features, PAPER_THRESHOLDS)
    fast = min(timed(count, *given)[0] for _ in range(3))
    counts = count(*given)
    slow, (tp, fp, hits) = timed(count_straightforwardly, table, features, args.features)
    same = (
        np.array_equal(counts.tp, tp)
        and np.array_equal(counts.firing - counts.tp, fp)
        and np.array_equal(counts.n_found, hits)
    )
    print(
        f"\n{n_residues:,d} residues: straightforward {slow:.1f} s, ours {fast:.3f} s, "
        f"ratio {slow / fast:,.0f}, equal counts: {same}"
    )
    hours = seconds * SWISS_PROT_RESIDUES / args.residues / 3600
    held = 2 * 2 * 4 * args.concepts * args.features * len(THRESHOLDS) / 2**30
    print(
        f"Swiss-Prot, {SWISS_PROT_RESIDUES:.2g} residues: {hours:.2f} h of counting in one "
        f"process, divided by the number of shard jobs; counts of both splits {held:.2f} GiB, "
        "whatever the number of residues"
    )


def timed(function, *arguments):  # noqa: ANN001, ANN002, ANN201, whatever the function takes
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


if __name__ == "__main__":
    main()
