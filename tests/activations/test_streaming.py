import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.activations.stores import row_numbers, write_store

from interplm.activations import ActivationStore, row_list, shard_writer, streaming
from interplm.activations.row_list import HeldRows
from interplm.activations.runs import chosen_runs
from interplm.activations.streaming import RowStream


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """8 rows of 4 float16 values in a chunk, so that small stores have many."""
    monkeypatch.setattr(shard_writer, "_CHUNK_BYTES", 64)


def stream(folder, chosen=None, *, batch_size=10, buffer_rows=40, seed=0):
    store = ActivationStore(folder)
    masks = chosen or [np.ones(len(header.offsets) - 1, bool) for header in store.shards]
    runs = chosen_runs(store.shards, masks)
    return RowStream(
        shards=store.shards, runs=runs, batch_size=batch_size, buffer_rows=buffer_rows, seed=seed
    )


def rows_of(made, **where):
    where = {"epoch": 0, "reader": 0, "n_readers": 1} | where
    return [row_numbers(batch) for batch in made.batches(**where)]


def flat(batches):
    return [row for batch in batches for row in batch]


@pytest.fixture
def folder(tmp_path):
    """Three shards, 200 rows that know their number."""
    write_store(tmp_path, [[30, 5, 25], [70, 1, 9], [60]], marked=True)
    return tmp_path


def test_every_row_is_served_once_in_batches_of_the_size_asked_for(folder):
    batches = rows_of(stream(folder))
    assert sorted(flat(batches)) == list(range(200))
    assert [len(batch) for batch in batches] == [10] * 20


def test_the_values_are_those_of_the_store(tmp_path):
    expected = np.concatenate(write_store(tmp_path, [[30, 20], [40]])).astype(np.float16)
    found = np.concatenate(
        [b.numpy() for b in stream(tmp_path).batches(epoch=0, reader=0, n_readers=1)]
    )
    order = np.lexsort(found.T)
    assert np.array_equal(found[order], expected[np.lexsort(expected.T)])


def test_without_a_seed_the_order_is_that_of_the_store(folder):
    assert flat(rows_of(stream(folder, seed=None))) == list(range(200))


def test_every_epoch_has_another_order_and_the_same_epoch_the_same(folder):
    first, again, second = (rows_of(stream(folder), epoch=epoch) for epoch in (0, 0, 1))
    assert first == again != second
    assert rows_of(stream(folder, seed=1)) != first


def test_a_batch_mixes_rows_of_many_chunks_and_shards(folder):
    batches = rows_of(stream(folder, batch_size=20, buffer_rows=100))
    for batch in batches:
        chunks = {row // 8 for row in batch}
        assert len(chunks) >= 5
        assert max(batch) - min(batch) > 60


def test_chunks_are_read_whole_but_where_a_share_begins_or_ends(folder, monkeypatch):
    read = []

    class Counting(streaming.StoredRowList):
        def _source(self, shard):
            rows = super()._source(shard)

            class Recorder:
                def read_into(self, memory, start, stop):
                    read.append(stop - start)
                    rows.read_into(memory, start, stop)

            return Recorder()

    monkeypatch.setattr(streaming, "StoredRowList", Counting)
    rows_of(stream(folder, buffer_rows=40))
    assert sum(read) == 200
    # 3 shards of 60, 80 and 60 rows make 26 chunks; each of the 4 inner buffer borders cuts one.
    assert len(read) <= 26 + 4


@pytest.mark.parametrize("n_readers", [1, 2, 3, 7])
def test_readers_share_the_rows_without_overlap_and_make_equally_many_batches(folder, n_readers):
    made = stream(folder, batch_size=7)
    shares = [rows_of(made, reader=reader, n_readers=n_readers) for reader in range(n_readers)]
    assert sorted(row for share in shares for row in flat(share)) == list(range(200))
    assert {len(share) for share in shares} == {made.n_batches(n_readers)}


@pytest.mark.parametrize("first_batch", [0, 1, 3, 4, 5, 19, 20])
def test_a_stream_can_start_at_any_batch(folder, first_batch):
    whole = rows_of(stream(folder))
    assert rows_of(stream(folder), first_batch=first_batch) == whole[first_batch:]


def test_only_the_rows_of_chosen_proteins_are_served(folder):
    chosen = [np.array([True, False, True]), np.array([False, True, False]), np.array([False])]
    expected = [*range(30), *range(35, 60), 130]
    assert sorted(flat(rows_of(stream(folder, chosen)))) == expected


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_store_any_choice_and_any_sharing_serves_each_chosen_row_once(tmp_path_factory, data):
    lengths = data.draw(
        st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=5), min_size=1, max_size=4)
    )
    folder = tmp_path_factory.mktemp("store")
    write_store(folder, lengths, marked=True)
    chosen = [np.array([data.draw(st.booleans()) for _ in shard]) for shard in lengths]
    chosen[0][0] = True
    expected, row = [], 0
    for shard_lengths, mask in zip(lengths, chosen, strict=True):
        for length, taken in zip(shard_lengths, mask, strict=True):
            expected += range(row, row + length) if taken else []
            row += length
    n_readers = data.draw(st.integers(1, min(4, len(expected))))
    made = stream(
        folder,
        chosen,
        batch_size=data.draw(st.integers(1, 30)),
        buffer_rows=data.draw(st.integers(30, 90)),
    )
    shares = [rows_of(made, reader=reader, n_readers=n_readers) for reader in range(n_readers)]
    assert sorted(row for share in shares for row in flat(share)) == expected
    assert len({len(share) for share in shares}) == 1


def test_few_files_are_open_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(row_list, "_MOST_OPEN_FILES", 2)
    write_store(tmp_path, [[20]] * 6, marked=True)
    assert sorted(flat(rows_of(stream(tmp_path)))) == list(range(120))


@pytest.mark.parametrize("where", [
    {}, {"epoch": 2}, {"reader": 1, "n_readers": 3}, {"first_batch": 3}, {"first_batch": 7},
])  # fmt: skip
@pytest.mark.parametrize("seed", [0, None])
def test_rows_that_are_held_make_the_same_batches(folder, where, seed):
    streamed = stream(folder, seed=seed)
    held = HeldRows.read(streamed.shards, streamed.runs, torch.device("cpu"))
    resident = replace(streamed, held=lambda: held)
    assert rows_of(resident, **where) == rows_of(streamed, **where)


def test_rows_are_held_in_pieces_of_some_bytes(folder, monkeypatch):
    monkeypatch.setattr(row_list, "_BYTES_READ_AT_ONCE", 8 * 7)
    streamed, pieces = stream(folder), []
    held = HeldRows.read(streamed.shards, streamed.runs, torch.device("cpu"), on_rows=pieces.append)
    assert row_numbers(held.rows) == list(range(200))
    assert set(pieces[:-1]) == {7}


@pytest.fixture
def elsewhere(monkeypatch):
    """A stream for a GPU, whose copies are made in the memory of this machine."""
    monkeypatch.setattr(streaming._Buffer, "to", lambda buffer, _: replace(
        buffer, rows=buffer.rows.clone()
    ))  # fmt: skip
    monkeypatch.setattr(streaming._Buffer, "used_by_this_stream", lambda _: None)
    monkeypatch.setattr(streaming, "beside_training", lambda buffers, _: buffers)
    empty = torch.empty

    def pageable(*shape, pin_memory=False, **kinds):
        return empty(*shape, **kinds)

    monkeypatch.setattr(torch, "empty", pageable)
    return lambda folder: replace(stream(folder), device=torch.device("cuda"))


@pytest.mark.parametrize("first_batch", [0, 5, 19])
def test_buffers_that_another_thread_copies_make_the_same_batches(elsewhere, folder, first_batch):
    expected = rows_of(stream(folder), first_batch=first_batch)
    assert rows_of(elsewhere(folder), first_batch=first_batch) == expected


def test_the_thread_that_copies_ends_with_the_batches(elsewhere, folder):
    before = threading.active_count()
    batches = elsewhere(folder).batches(epoch=0, reader=0, n_readers=1)
    next(batches)
    assert threading.active_count() == before + 1
    batches.close()
    assert threading.active_count() == before
