import numpy as np
import pytest
from tests.features.sparse_blocks import by_protein, random_features, split_blocks

import interplm.features.profile.coactivation as module
from interplm.features.profile.coactivation import CoactivationAccumulator
from interplm.features.profile.sampling import protein_priorities

LENGTHS = [3, 1, 8, 5, 2, 9]
PRIORITIES = protein_priorities(["A", "B", "C", "D", "E", "F"])


@pytest.fixture
def dense():
    return random_features(np.random.default_rng(4), LENGTHS, 9, density=0.4)


def fed(blocks, max_products=10**9):
    accumulator = CoactivationAccumulator(d_sae=9, max_products=max_products, priorities=PRIORITIES)
    for block in blocks:
        accumulator.add(block)
    return accumulator


def rows(found):
    return list(
        zip(
            found.feature.tolist(), found.other.tolist(), found.n_both.tolist(),
            found.jaccard.tolist(), found.rank.tolist(), strict=True,
        )
    )  # fmt: skip


def reference(dense, n_others):
    fires = dense > 0
    expected = []
    for feature in range(dense.shape[1]):
        candidates = []
        for other in range(dense.shape[1]):
            n_both = int((fires[:, feature] & fires[:, other]).sum())
            if other != feature and n_both:
                n_either = int((fires[:, feature] | fires[:, other]).sum())
                candidates.append((-n_both / n_either, other, n_both))
        for rank, (jaccard, other, n_both) in enumerate(sorted(candidates)[:n_others]):
            expected.append((feature, other, n_both, -jaccard, rank))
    return expected


@pytest.mark.parametrize("part", [1, 30, 10**6])
def test_jaccard_indices_are_those_of_a_loop_over_pairs(dense, part, monkeypatch):
    monkeypatch.setattr(module, "_MAX_PART", part)
    found = fed(split_blocks(dense, LENGTHS, [1, 3, 2])).compute(n_others=4)
    assert rows(found) == reference(dense, 4)
    assert found.n_residues == sum(LENGTHS)


def test_a_budget_keeps_the_proteins_of_the_smallest_priorities(dense):
    parts = by_protein(dense, LENGTHS)
    cost = [int(((part > 0).sum(axis=1) ** 2).sum()) for part in parts]
    order = np.argsort(PRIORITIES)
    budget = sum(cost[p] for p in order[:3])
    expected = reference(np.concatenate([parts[p] for p in sorted(order[:3])]), 4)
    blocks = split_blocks(dense, LENGTHS, [1] * 6)
    for given in (blocks, blocks[::-1]):
        assert rows(fed(given, budget).compute(n_others=4)) == expected
    merged = fed(blocks[:2], budget)
    merged.merge(fed(blocks[2:], budget))
    assert rows(merged.compute(n_others=4)) == expected


def test_one_protein_is_kept_whatever_it_costs(dense):
    found = fed(split_blocks(dense, LENGTHS, [6]), max_products=1).compute(n_others=4)
    assert found.n_residues == LENGTHS[int(np.argmin(PRIORITIES))]


def test_without_any_firing_there_are_no_pairs():
    assert rows(fed([]).compute(n_others=4)) == []
