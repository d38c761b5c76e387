import numpy as np
import pytest
import torch
from tests.activations.stores import write_store
from tests.features.concept_cases import table

from interplm.activations.store import ActivationStore
from interplm.features.encoding.baselines import Neurons
from interplm.features.encoding.encoded import EncodedProteins
from interplm.features.encoding.located import locate
from interplm.sae.normalized import scale_of_maxima

SHARDS = [[4, 9], [7, 3, 5]]
LENGTHS = [n for shard in SHARDS for n in shard]
FIRST, SECOND = [1, 3], [0, 4]


class Clipped(Neurons):
    """Neurons of which the first never fires."""

    n_rows = 0

    def encode(self, x):
        Clipped.n_rows += len(x)
        return super().encode(x) * (torch.arange(self.d_sae) > 0)


@pytest.fixture
def stored(tmp_path):
    rows = write_store(tmp_path, SHARDS, dtype="float32")
    located = locate(ActivationStore(tmp_path).shards, table(LENGTHS, [(0, 0, 0, 1)]))
    Clipped.n_rows = 0
    return rows, [located.only(np.isin(np.arange(5), part)) for part in (FIRST, SECOND)]


def encoded(parts, max_entries=10**6, residues_per_batch=5):
    return EncodedProteins(
        Clipped(d_in=4), parts, residues_per_batch=residues_per_batch, max_entries=max_entries,
        device="cpu", description="",
    )  # fmt: skip


def dense(blocks):
    """Features of each protein by number, [n_residues, 8]."""
    found = {}
    for block in blocks:
        rows = np.zeros((block.n_residues, 8), np.float32)
        row = np.repeat(np.arange(block.n_residues), np.diff(block.indptr))
        rows[row, block.feature] = block.value
        parts = np.split(rows, block.offsets[1:-1])
        found |= dict(zip(block.proteins.tolist(), parts, strict=True))
    return found


def features_of(rows):
    both = np.maximum(np.hstack([rows, -rows]), 0)
    both[:, 0] = 0
    return both


@pytest.mark.parametrize("residues_per_batch", [1, 5, 100])
def test_maxima_are_over_the_chosen_proteins_and_zero_where_nothing_fired(
    stored, residues_per_batch
):
    rows, parts = stored
    found = encoded(parts, residues_per_batch=residues_per_batch)
    every = features_of(np.concatenate([rows[p] for p in FIRST + SECOND]))
    np.testing.assert_array_equal(found.maxima.numpy(), every.max(axis=0))
    assert found.n_entries == (every > 0).sum()
    assert found.n_residues == len(every)


@pytest.mark.parametrize("max_entries", [0, 10**6])
def test_blocks_are_fractions_of_the_scale_kept_or_encoded_again(stored, max_entries):
    rows, parts = stored
    found = encoded(parts, max_entries)
    scale = scale_of_maxima(found.maxima)
    for number, proteins in enumerate((FIRST, SECOND)):
        for _ in range(2):
            blocks = dense(found.blocks(number, scale))
            assert sorted(blocks) == sorted(proteins)
            for protein in proteins:
                expected = (torch.from_numpy(features_of(rows[protein])) / scale).numpy()
                np.testing.assert_array_equal(blocks[protein], expected)
    n = sum(LENGTHS[p] for p in FIRST + SECOND)
    assert Clipped.n_rows == (n if max_entries else 3 * n)
