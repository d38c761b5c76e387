import numpy as np
import pytest
import torch
from tests.activations.stores import write_store

from interplm.activations.store import ActivationStore
from interplm.features.encoding.baselines import Neurons
from interplm.features.encoding.blocks import activation_blocks
from interplm.features.encoding.maxima import feature_maxima


class Clipped(Neurons):
    """Neurons of which the first never fires."""

    def encode(self, x):
        return super().encode(x) * (torch.arange(self.d_sae) > 0)


@pytest.mark.parametrize("residues_per_batch", [1, 5, 100])
def test_maxima_are_over_the_chosen_residues_and_zero_where_nothing_fired(
    tmp_path, residues_per_batch
):
    rows = write_store(tmp_path, [[4, 9], [7]], dtype="float32")
    shards = ActivationStore(tmp_path).shards
    numbers = [np.array([-1, 0]), np.array([1])]
    found = feature_maxima(
        Clipped(d_in=4),
        activation_blocks(shards, numbers, max_residues=8),
        residues_per_batch=residues_per_batch,
        device="cpu",
    )
    chosen = np.concatenate(rows[1:])
    expected = np.concatenate([chosen.max(axis=0), -chosen.min(axis=0)]).clip(0)
    expected[0] = 0
    np.testing.assert_array_equal(found.numpy(), expected)
