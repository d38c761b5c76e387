from functools import partial

import pytest
import torch
from tests.activations.stores import write_store
from tests.activations.test_datamodule import LENGTHS, datamodule

from interplm.activations.shared import SharedSource, SharedStream
from interplm.activations.source import check_source
from interplm.errors import UserError
from interplm.runtime.turns import Turns


@pytest.fixture
def folder(tmp_path):
    write_store(tmp_path, LENGTHS, marked=True)
    return tmp_path


def shared(stream, pass_on=lambda: None):
    return SharedSource(stream, pass_on=pass_on, is_stopping=lambda: False)


def read_in_turns(source, first_batches, n_epochs=1):
    """What each of several readers gets, and its state after each batch; how often one was read."""
    stream, turns, read = SharedStream(source), Turns(len(first_batches)), []

    def counted(number, original=stream._read):
        read.append(number)
        original(number)

    stream._read = counted

    def job(first):
        mine = check_source(shared(stream, turns.pass_on))
        loader = mine.train_dataloader()
        if first:
            loader.load_state_dict(loader.state_dict() | {"n_served": first})
        found = [(batch, loader.state_dict()) for _ in range(n_epochs) for batch in loader]
        mine.teardown("fit")
        return found

    return turns.run([partial(job, first) for first in first_batches]), read


def test_readers_in_turn_get_the_batches_and_states_of_a_loader_of_their_own(folder):
    own = datamodule(folder).train_dataloader()
    expected = [(batch, own.state_dict()) for _ in range(2) for batch in own]
    found, read = read_in_turns(datamodule(folder), [0, 0, 0], n_epochs=2)
    for pairs in found:
        for (batch, state), (own_batch, own_state) in zip(pairs, expected, strict=True):
            assert torch.equal(batch, own_batch)
            assert state == own_state
    assert read == list(range(len(expected)))


def test_one_that_was_resumed_further_on_waits_for_the_others(folder):
    expected = list(datamodule(folder).train_dataloader())
    found, read = read_in_turns(datamodule(folder), [2, 0])
    for pairs, first in zip(found, (2, 0), strict=True):
        for (batch, _), own_batch in zip(pairs, expected[first:], strict=True):
            assert torch.equal(batch, own_batch)
    assert read == list(range(len(expected)))


def test_another_order_is_refused_as_by_the_loader(folder):
    state = datamodule(folder, seed=1).train_dataloader().state_dict()
    with pytest.raises(UserError, match="The interrupted run had seed=1"):
        shared(SharedStream(datamodule(folder))).train_dataloader().load_state_dict(state)


def test_the_last_one_to_leave_ends_the_source(folder):
    source = datamodule(folder)
    ended = []
    source.teardown = ended.append
    stream = SharedStream(source)
    first, second = shared(stream), shared(stream)
    first.teardown("fit")
    assert ended == []
    second.teardown("fit")
    assert ended == ["fit"]
