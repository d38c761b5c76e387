import numpy as np
import pytest
import torch
from tests.activations.stores import write_store

from interplm.activations.store import ActivationStore
from interplm.errors import FingerprintMismatch
from interplm.features.encoding import blocks
from interplm.features.encoding.baselines import Neurons
from interplm.features.encoding.blocks import activation_blocks, feature_blocks, protein_numbers

LENGTHS = [[5, 1, 8, 3], [2, 30], [4, 4]]
EVERY = [n for shard in LENGTHS for n in shard]


@pytest.fixture
def stored(tmp_path):
    rows = write_store(tmp_path, LENGTHS, dtype="float32")
    return ActivationStore(tmp_path).shards, rows


def numbers(shards, proteins):
    return protein_numbers(shards, {f"P{i}": i for i in proteins}, np.array(EVERY))


@pytest.mark.parametrize("max_residues", [1, 6, 1000])
def test_blocks_hold_the_chosen_proteins_whole_and_in_order(stored, max_residues):
    shards, rows = stored
    chosen = [0, 2, 3, 5, 7]
    found = list(activation_blocks(shards, numbers(shards, chosen), max_residues=max_residues))
    assert [int(p) for block in found for p in block.proteins] == chosen
    for block in found:
        assert len(block.rows) <= max_residues or len(block.proteins) == 1
        for index, protein in enumerate(block.proteins):
            part = block.rows[block.offsets[index] : block.offsets[index + 1]]
            np.testing.assert_array_equal(part, rows[protein])


@pytest.mark.parametrize("residues_per_batch", [1, 7, 100])
@pytest.mark.parametrize("block_residues", [1, 9, 1000])
def test_features_do_not_depend_on_batches_and_blocks(
    stored, monkeypatch, residues_per_batch, block_residues
):
    shards, rows = stored
    monkeypatch.setattr(blocks, "_BLOCK_RESIDUES", block_residues)
    done = []
    found = feature_blocks(
        Neurons(d_in=4),
        activation_blocks(shards, numbers(shards, range(8)), max_residues=10),
        residues_per_batch=residues_per_batch,
        device="cpu",
        on_progress=done.append,
    )
    for block in found:
        dense = np.zeros((block.n_residues, 8), np.float32)
        row = np.repeat(np.arange(block.n_residues), np.diff(block.indptr))
        dense[row, block.feature] = block.value
        expected = np.concatenate([rows[p] for p in block.proteins])
        np.testing.assert_array_equal(dense, np.maximum(np.hstack([expected, -expected]), 0))
        assert (block.value > 0).all()
    assert sum(done) == sum(EVERY)


def test_many_entries_end_a_block_before_many_residues_do(stored, monkeypatch):
    shards, _ = stored
    monkeypatch.setattr(blocks, "_BLOCK_ENTRIES", 10)
    found = list(
        feature_blocks(
            Neurons(d_in=4),
            activation_blocks(shards, numbers(shards, range(8)), max_residues=10),
            residues_per_batch=100,
            device="cpu",
        )
    )
    assert len(found) > 3
    assert np.concatenate([block.proteins for block in found]).tolist() == list(range(8))


def test_silent_features_make_an_empty_block(stored):
    class Silent:
        d_sae = 3

        def encode(self, x):
            return torch.zeros(len(x), 3)

    shards, _ = stored
    activations = activation_blocks(shards, numbers(shards, [1]), max_residues=10)
    (block,) = feature_blocks(Silent(), activations, residues_per_batch=4, device="cpu")
    assert block.indptr.tolist() == [0, 0]
    assert len(block.feature) == len(block.value) == 0


def test_proteins_that_are_not_wanted_have_no_number(stored):
    shards, _ = stored
    found = numbers(shards, [1, 5])
    assert [part.tolist() for part in found] == [[-1, 1, -1, -1], [-1, 5], [-1, -1]]


def test_a_protein_of_another_length_is_refused(stored):
    shards, _ = stored
    with pytest.raises(FingerprintMismatch, match=r"P2 has 8 residues in .* and 9 in the annot"):
        protein_numbers(shards, {"P2": 0}, np.array([9]))
