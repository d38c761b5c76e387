import pytest
import torch

from interplm.sae import SAEOutput
from interplm.sae.sparse_features import SparseFeatures, SparsePattern

DENSE = torch.tensor([[0.0, 2.0, 0.0], [1.0, 3.0, 0.0]])
SPARSE = SparseFeatures(
    torch.tensor([2.0, 0.0, 3.0, 1.0]),
    SparsePattern(torch.tensor([1, 2, 1, 0]), torch.tensor([0, 2]), d_sae=3),
)


@pytest.mark.parametrize("code", [DENSE, SPARSE])
def test_both_forms_of_a_code_say_the_same(code):
    output = SAEOutput(torch.zeros(2, 4), code, DENSE - 1)
    assert torch.equal(output.features, DENSE)
    assert output.firing_counts().tolist() == [1, 2, 0]
    assert sorted(output.fired_values().tolist()) == [1.0, 2.0, 3.0]


def test_pre_activations_that_were_not_kept_are_computed_once_and_only_if_asked_for():
    calls = []
    output = SAEOutput(torch.zeros(2, 4), SPARSE, lambda: calls.append(1) or DENSE)
    assert not calls
    assert output.pre_activations is output.pre_activations
    assert len(calls) == 1
