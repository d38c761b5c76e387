import numpy as np
import pytest
from tests.features.sparse_blocks import by_protein, random_features, split_blocks

import interplm.features.profile.examples as module
from interplm.features.profile.examples import BUCKETS, ExampleAccumulator
from interplm.features.profile.firing import runs_of
from interplm.features.profile.sampling import mixed, protein_priorities

D_SAE, N_TOP, N_PER_BUCKET = 5, 4, 3
LENGTHS = [1 + number * 7 % 11 for number in range(60)]
PRIORITIES = protein_priorities([f"P{number}" for number in range(60)])


@pytest.fixture
def dense():
    dense = random_features(np.random.default_rng(3), LENGTHS, D_SAE, density=0.1)
    dense[:, 1] *= np.repeat(np.linspace(0.1, 1, 60), LENGTHS).astype(np.float32)
    return dense


def accumulator():
    return ExampleAccumulator(
        d_sae=D_SAE, n_top=N_TOP, n_per_bucket=N_PER_BUCKET, priorities=PRIORITIES
    )


def fed(blocks):
    chosen = accumulator()
    for block in blocks:
        chosen.add(runs_of(block, d_sae=D_SAE))
    return chosen


def rows(examples):
    runs = examples.runs
    return [
        (
            int(runs.feature[i]), BUCKETS[examples.bucket[i]], int(examples.rank[i]),
            int(runs.protein[i]), runs.positions[runs.offsets[i] : runs.offsets[i + 1]].tolist(),
            runs.activations[runs.offsets[i] : runs.offsets[i + 1]].tolist(),
        )
        for i in range(len(runs))
    ]  # fmt: skip


def reference(dense):
    """By a loop over features and buckets, all proteins in memory."""
    expected = []
    for feature in range(D_SAE):
        columns = [part[:, feature] for part in by_protein(dense, LENGTHS)]
        maxima = {p: float(c.max()) for p, c in enumerate(columns) if c.any()}
        chosen = {"top": sorted(maxima, key=lambda p: (-maxima[p], p))[:N_TOP]}
        for bucket in BUCKETS[1:]:
            low, high = (np.float32(edge) for edge in bucket.split("-"))
            inside = np.array([p for p, m in maxima.items() if low < m <= high], int)
            order = np.argsort(mixed(PRIORITIES[inside], np.full(len(inside), feature)))
            drawn = inside[order][:N_PER_BUCKET].tolist()
            chosen[bucket] = sorted(drawn, key=lambda p: (-maxima[p], p))
        for bucket in BUCKETS:
            for rank, protein in enumerate(chosen[bucket]):
                column = columns[protein]
                positions = np.flatnonzero(column)
                expected.append(
                    (feature, bucket, rank, protein, positions.tolist(), column[positions].tolist())
                )
    return expected


def test_examples_are_those_of_a_loop_over_all_proteins(dense):
    assert rows(fed(split_blocks(dense, LENGTHS, [60])).compute()) == reference(dense)


@pytest.mark.parametrize("sizes", [[1] * 60, [7, 20, 33]])
def test_blocks_and_forgetting_in_between_change_nothing(dense, sizes, monkeypatch):
    monkeypatch.setattr(module, "_MAX_WAITING", 40)
    assert rows(fed(split_blocks(dense, LENGTHS, sizes)).compute()) == reference(dense)


def test_shards_merge_to_the_same_examples(dense):
    blocks = split_blocks(dense, LENGTHS, [10, 30, 20])
    merged = fed(blocks[2:])
    merged.merge(fed(blocks[:2]))
    assert rows(merged.compute()) == reference(dense)


def test_what_is_kept_does_not_grow_with_the_proteins(dense, monkeypatch):
    monkeypatch.setattr(module, "_MAX_WAITING", 0)
    chosen = fed(split_blocks(dense, LENGTHS, [1] * 60))
    n_kept = sum(len(part) for part in chosen._chosen)
    assert n_kept <= D_SAE * (N_TOP + 5 * N_PER_BUCKET) < fed_runs(dense)


def test_the_top_examples_alone(dense):
    top = fed(split_blocks(dense, LENGTHS, [60])).compute().top()
    assert len(top) == sum(row[1] == "top" for row in reference(dense))


def fed_runs(dense):
    return sum((part > 0).any(axis=0).sum() for part in by_protein(dense, LENGTHS))


def test_without_any_protein_there_are_no_examples():
    assert len(accumulator().compute().runs) == 0
