import pytest
import torch
from tests.sae.architectures import build, residues


def test_one_feature_of_each_group_fires_and_negative_ones_never_do():
    sae = build("groupmax", k=2, d_sae=6)
    pre = torch.tensor([[5.0, -1.0, 3.0, 4.0, 4.5, 0.0], [-1.0, -2.0, -0.5, -3.0, 0.1, 0.2]])
    expected = torch.tensor([[5.0, 0, 0, 0, 4.5, 0], [0, 0, 0, 0, 0, 0.2]])
    assert torch.equal(sae.activate(pre), expected)


@pytest.mark.parametrize("kernel", ["sparse", "dense"])
def test_every_group_fires_at_most_once_on_a_residue(kernel):
    features = build("groupmax", kernel=kernel).encode(residues())
    fired = (features > 0).unflatten(1, (4, 4)).sum(dim=2)
    assert fired.max() == 1
    assert fired.sum(dim=1).max() > 1


def test_groups_of_different_sizes_are_refused():
    with pytest.raises(Exception, match=r"sae.d_sae must be a multiple of sae.k, .*: got 16 and 3"):
        build("groupmax", k=3)
