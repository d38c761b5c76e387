"""What holds for every metric that adds sums: batches and processes do not matter."""

import math

import pytest
import torch
from tests.metrics.cases import CASES, found
from tests.ranks import as_two_ranks


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("batch_size", [1, 7, 50, 101])
def test_the_result_does_not_depend_on_the_batch_size(name, batch_size):
    _, arguments, expected = CASES[name]
    pieces = [argument.split(batch_size) for argument in arguments]
    torch.testing.assert_close(found(name, pieces), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_an_empty_batch_changes_nothing(name):
    _, arguments, expected = CASES[name]
    pieces = [(argument, argument[:0]) for argument in arguments]
    torch.testing.assert_close(found(name, pieces), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_a_reset_forgets(name):
    make, arguments, expected = CASES[name]
    metric = make()
    metric.update(*(argument + 1 for argument in arguments))
    metric.reset()
    metric.update(*arguments)
    torch.testing.assert_close(metric.compute(), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:The ``compute`` method")
@pytest.mark.parametrize("name", sorted(set(CASES) - {"feature_density", "density_histogram"}))
def test_before_the_first_batch_there_is_no_number(name):
    assert math.isnan(CASES[name][0]().compute())


def _as_one_of_two(rank):
    share = slice(0, 30) if rank == 0 else slice(30, None)
    for name, (_, arguments, expected) in CASES.items():
        pieces = [argument[share].split(13) for argument in arguments]
        torch.testing.assert_close(found(name, pieces), expected, rtol=1e-9, atol=1e-12)


def test_two_processes_with_unequal_shares_find_what_one_finds(tmp_path):
    as_two_ranks(_as_one_of_two, tmp_path)
