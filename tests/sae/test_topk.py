import pytest
import torch
from tests.sae.architectures import build, residues


def test_at_most_k_features_fire_on_a_residue():
    sae = build("topk", k=3)
    fired = (sae.encode(residues()) > 0).sum(dim=1)
    assert fired.max() == 3


def test_the_largest_pre_activations_are_kept_and_negative_ones_never_fire():
    sae = build("topk", k=2)
    pre = torch.tensor([[5.0, -1.0, 3.0, 4.0], [-1.0, -2.0, 0.5, -3.0]])
    expected = torch.tensor([[5.0, 0.0, 0.0, 4.0], [0.0, 0.0, 0.5, 0.0]])
    assert torch.equal(sae.activate(pre), expected)


@pytest.mark.parametrize("k", [0, -1, 17])
def test_k_outside_the_dictionary_is_refused(k):
    with pytest.raises(Exception, match=r"sae.k must be in 1..d_sae=16, got"):
        build("topk", k=k)
