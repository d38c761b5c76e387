"""Original InterPLM: rows were shuffled within a shard only, once, and shards came by name."""

import pytest
from tests.activations.stores import row_numbers, write_store
from tests.training.runs import data

ROWS = 60  # in each of four shards


@pytest.fixture
def batches(tmp_path):
    """Rows of every batch of an epoch, whenever it is called."""
    write_store(tmp_path, [[20] * 3] * 4, marked=True)
    settings = {"batch_size": 40, "buffer_rows": 240, "validation_fraction": 0.0}
    loader = data(tmp_path, **settings).train_dataloader()
    return lambda: [row_numbers(batch) for batch in loader]


def test_a_batch_has_rows_of_every_shard(batches):
    for batch in batches():
        assert {row // ROWS for row in batch} == {0, 1, 2, 3}


def test_every_epoch_has_all_rows_in_an_order_of_its_own(batches):
    first, second = batches(), batches()
    for epoch in (first, second):
        assert sorted(row for batch in epoch for row in batch) == list(range(4 * ROWS))
    assert first != second
    assert {frozenset(batch) for batch in first}.isdisjoint(map(frozenset, second))
