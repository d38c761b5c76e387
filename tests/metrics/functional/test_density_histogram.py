import math

import torch

from interplm.metrics.functional import density_histogram

EDGES = torch.tensor([-3.0, -2.0, -1.0, 0.0])


def naive(counts, n_residues):
    bins = [0, 0, 0]
    for count in counts:
        if count:
            value = math.log10(count / n_residues)
            bins[0 if value < -2 else 1 if value < -1 else 2] += 1
    return bins


def test_it_equals_counting_one_by_one():
    counts = torch.randint(0, 1000, (500,), generator=torch.Generator().manual_seed(0)) ** 2 // 1000
    found = density_histogram(counts, torch.tensor(1000), log10_edges=EDGES)
    assert found.tolist() == naive(counts.tolist(), 1000)


def test_a_bin_holds_its_lower_edge_and_the_last_one_both():
    counts = torch.tensor([10, 100, 1000])
    assert density_histogram(counts, torch.tensor(1000), log10_edges=EDGES).tolist() == [0, 1, 2]


def test_rarer_than_the_first_edge_counts_in_the_first_bin_and_dead_in_none():
    found = density_histogram(torch.tensor([0, 1]), torch.tensor(10**6), log10_edges=EDGES)
    assert found.tolist() == [1, 0, 0]


def test_no_residue_leaves_every_bin_empty():
    found = density_histogram(torch.zeros(4).int(), torch.tensor(0), log10_edges=EDGES)
    assert found.tolist() == [0, 0, 0]
