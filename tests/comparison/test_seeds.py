from pathlib import Path

import pytest
import torch

from interplm.comparison import Row, differ_in_seed_only, seed_stability


def test_stability_is_the_mean_cosine_of_the_nearest_rows():
    one = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    other = torch.tensor([[3.0, 0.0], [-1.0, 0.0]])
    first, second = seed_stability([one, other])
    assert first == pytest.approx((1 + 0) / 2)
    assert second == pytest.approx((1 + 0) / 2)
    assert seed_stability([one, one.flip(0), one]) == pytest.approx([1, 1, 1])


def test_runs_that_differ_in_seeds_only_are_found():
    def row(k, seed, split_seed=0):
        settings = {
            "seed": seed, "data": {"seed": seed, "split_seed": split_seed},
            "model": {"sae": {"k": k}, "revival": {"seed": seed}},
        }  # fmt: skip
        return Row(path=Path(f"{k}-{seed}"), settings=settings, values={})

    rows = [row(4, 0), row(8, 0), row(4, 1), row(4, 2, split_seed=1), row(8, 1)]
    assert differ_in_seed_only(rows) == [[0, 2], [1, 4]]
