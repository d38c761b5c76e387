import itertools

import torch

from interplm.training.revival.reservoir import WeightedReservoir, sampling_keys

WEIGHTS = torch.tensor([1.0, 2.0, 5.0])


def drawn(seed, capacity=2, pieces=((0, 1), (2,))):
    reservoir = WeightedReservoir()
    rows = torch.arange(3.0).reshape(3, 1)
    keys = sampling_keys(WEIGHTS, seed=[seed])
    for piece in map(list, pieces):
        reservoir.add_(rows[piece], keys[piece], capacity=capacity)
    return tuple(int(row) for row in reservoir.rows)


def test_pairs_come_as_often_as_drawing_one_after_the_other_gives_them():
    n = 4_000
    found = [drawn(seed) for seed in range(n)]
    for first, second in itertools.permutations(range(3), 2):
        left = WEIGHTS.sum() - WEIGHTS[first]
        expected = float(WEIGHTS[first] / WEIGHTS.sum() * WEIGHTS[second] / left)
        assert abs(found.count((first, second)) / n - expected) < 0.03


def test_how_the_stream_is_cut_makes_no_difference():
    for seed in range(20):
        assert drawn(seed) == drawn(seed, pieces=((0,), (1,), (2,)))


def test_fewer_rows_than_there_is_room_for_are_all_kept():
    assert sorted(drawn(0, capacity=9)) == [0, 1, 2]


def test_a_row_of_weight_zero_comes_last():
    keys = sampling_keys(torch.tensor([0.0, 1e-30]), seed=[0])
    assert keys[0] < keys[1]
