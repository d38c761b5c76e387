import numpy as np
import pytest
import torch

import interplm.features.profile.neighbours as module
from interplm.features.profile.neighbours import decoder_neighbours


@pytest.mark.parametrize("part", [1, 50, 10**6])
def test_neighbours_are_those_of_all_cosines(part, monkeypatch):
    monkeypatch.setattr(module, "_MAX_PART", part)
    W_dec = torch.randn(20, 6, generator=torch.Generator().manual_seed(0)) * 3
    found = decoder_neighbours(W_dec, n_others=5)
    rows = W_dec.double().numpy()
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    cosine = rows @ rows.T
    np.fill_diagonal(cosine, -np.inf)
    assert np.array_equal(found.other, np.argsort(-cosine, axis=1)[:, :5])
    assert np.allclose(found.cosine, -np.sort(-cosine, axis=1)[:, :5], atol=1e-6)


def test_there_are_no_more_neighbours_than_other_features():
    found = decoder_neighbours(torch.eye(3), n_others=10)
    assert found.other.shape == (3, 2)
    assert not (found.other == np.arange(3)[:, None]).any()
