import copy

import numpy as np
import pytest
from tests.activations.stores import row_numbers, write_store

from interplm.activations import ActivationLoader, ActivationStore, shard_writer
from interplm.activations.runs import chosen_runs
from interplm.activations.streaming import RowStream
from interplm.errors import UserError


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(shard_writer, "_CHUNK_BYTES", 64)


@pytest.fixture
def folder(tmp_path):
    write_store(tmp_path, [[30, 5, 25], [70, 1, 9], [60]], marked=True)
    return tmp_path


def loader(folder, *, num_workers=0, rank=0, n_ranks=1, seed=0, batch_size=10):
    store = ActivationStore(folder)
    runs = chosen_runs(store.shards, [np.ones(len(h.offsets) - 1, bool) for h in store.shards])
    stream = RowStream(
        shards=store.shards, runs=runs, batch_size=batch_size, buffer_rows=40, seed=seed
    )
    return ActivationLoader(
        stream, num_workers=num_workers, rank=rank, n_ranks=n_ranks, pin_memory=False
    )


def epoch(made):
    return [row_numbers(batch) for batch in made]


@pytest.mark.parametrize("num_workers", [0, 2])
def test_an_epoch_has_the_length_it_says_and_every_row_once(folder, num_workers):
    made = loader(folder, num_workers=num_workers)
    batches = epoch(made)
    assert len(batches) == len(made)
    assert sorted(row for batch in batches for row in batch) == list(range(200))


def test_every_iteration_is_the_next_epoch(folder):
    made = loader(folder)
    first, second = epoch(made), epoch(made)
    assert first != second
    assert first == epoch(loader(folder))


def test_an_epoch_that_was_broken_off_is_not_continued_but_followed_by_the_next(folder):
    made, other = loader(folder), loader(folder)
    next(iter(made))
    epoch(other)
    assert epoch(made) == epoch(other)


def test_an_iterator_that_was_never_used_costs_no_epoch(folder):
    made = loader(folder)
    iter(made)
    assert epoch(made) == epoch(loader(folder))


@pytest.mark.parametrize("num_workers", [0, 2])
@pytest.mark.parametrize("n_served", [1, 4, 7, 19])
def test_a_restored_loader_goes_on_with_exactly_the_next_batch(folder, num_workers, n_served):
    whole = loader(folder, num_workers=num_workers)
    epochs = [epoch(whole), epoch(whole), epoch(whole)]
    broken = loader(folder, num_workers=num_workers)
    epoch(broken)
    batches = iter(broken)
    for _ in range(n_served):
        next(batches)
    state = copy.deepcopy(broken.state_dict())
    resumed = loader(folder, num_workers=num_workers)
    resumed.load_state_dict(state)
    assert epoch(resumed) == epochs[1][n_served:]
    assert epoch(resumed) == epochs[2]


def test_the_state_after_a_whole_epoch_is_the_start_of_the_next(folder):
    whole = loader(folder)
    epoch(whole)
    resumed = loader(folder)
    resumed.load_state_dict(whole.state_dict())
    assert epoch(resumed) == epoch(whole)


@pytest.mark.parametrize("num_workers", [0, 2])
def test_ranks_serve_disjoint_rows_in_equally_many_batches(folder, num_workers):
    ranks = [loader(folder, num_workers=num_workers, rank=rank, n_ranks=3) for rank in range(3)]
    shares = [epoch(made) for made in ranks]
    assert sorted(row for share in shares for batch in share for row in batch) == list(range(200))
    assert len({len(share) for share in shares}) == 1


@pytest.mark.parametrize("changes", [{"seed": 1}, {"batch_size": 20}, {"num_workers": 2}])
def test_resuming_with_another_order_is_refused_with_both_values(folder, changes):
    state = loader(folder).state_dict()
    name = next(iter(changes))
    with pytest.raises(UserError, match=rf"The interrupted run had {name}=\d+, this one has"):
        loader(folder, **changes).load_state_dict(state)


def test_more_readers_than_residues_are_refused(tmp_path):
    write_store(tmp_path, [[2]])
    with pytest.raises(UserError, match="2 residues cannot be shared by 3 readers"):
        loader(tmp_path, n_ranks=3)
