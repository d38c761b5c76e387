import pytest
import torch
from tests.sae.architectures import D_SAE, fitted, residues

from interplm.features.encoding.baselines import Neurons
from interplm.features.encoding.representations import NormalizedRepresentation
from interplm.sae import NormalizedSAE


def test_features_become_fractions_of_the_scale():
    x = torch.tensor([[2.0, -3.0]])
    normalized = NormalizedRepresentation(Neurons(d_in=2), torch.tensor([4.0, 1.0, 1.0, 6.0]))
    assert normalized.encode(x).tolist() == [[0.5, 0.0, 0.0, 0.5]]
    assert normalized.d_sae == 4


def test_an_sae_gives_the_features_of_its_normalised_form():
    sae, scale = fitted("relu"), torch.linspace(0.5, 3, D_SAE)
    found = NormalizedRepresentation(sae, scale).encode(residues())
    torch.testing.assert_close(found, NormalizedSAE(sae, scale).encode(residues()))


def test_a_scale_of_zero_is_refused():
    with pytest.raises(ValueError, match="above zero"):
        NormalizedRepresentation(Neurons(d_in=1), torch.zeros(2))
