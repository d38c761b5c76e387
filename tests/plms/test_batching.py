import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.errors import UserError
from interplm.plms.batching import residue_batches


def test_similar_lengths_share_a_batch_the_longest_first():
    assert residue_batches([3, 10, 4, 9], max_residues=20) == [[1, 3], [2, 0]]


def test_a_sequence_above_the_budget_is_a_batch_of_its_own():
    assert residue_batches([50, 5], max_residues=10) == [[0], [1]]


@given(st.lists(st.integers(1, 1000), max_size=200), st.integers(1, 5000))
def test_every_sequence_occurs_once_and_no_batch_of_several_exceeds_the_budget(lengths, budget):
    batches = residue_batches(lengths, max_residues=budget)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[index] for index in batch)
        assert len(batch) == 1 or padded <= budget


def test_a_budget_of_nothing_is_refused():
    with pytest.raises(UserError, match="residues_per_batch must be at least 1, got 0"):
        residue_batches([1], max_residues=0)
