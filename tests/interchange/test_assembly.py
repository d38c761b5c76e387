from pathlib import Path

import pytest
import torch
from tests.interchange.foreign import D_IN, D_SAE, TOLERANCE, matrix_state, residues, vector

from interplm.errors import BrokenArtifact
from interplm.interchange.assembly import assemble, relu_architecture

HERE = Path("ae.pt")


def test_weights_of_half_precision_become_ours():
    state = {name: tensor.bfloat16() for name, tensor in matrix_state().items()}
    found = assemble("relu", state, where=HERE)
    assert torch.equal(found.W_enc, state["W_enc"].float())
    assert not found.training


@pytest.mark.parametrize("architecture", ["relu", "gated"])
def test_an_encoder_that_reads_x_gets_the_biases_of_one_that_reads_it_centred(architecture):
    state = matrix_state()
    if architecture == "gated":
        state |= {"b_mag": vector(D_SAE, 4), "r_mag": vector(D_SAE, 5)}
    reads_x = assemble(architecture, state, where=HERE, reads_centred=False)
    centred = assemble(architecture, state, where=HERE)
    x = residues()
    with torch.no_grad():
        difference = reads_x.encode(x) - centred.encode(x + state["b_dec"])
    assert difference.abs().max() < 2 * TOLERANCE


def test_a_decoder_of_any_norm_is_of_the_architecture_that_allows_it():
    assert relu_architecture(matrix_state(), where=HERE) == "relu"
    loose = matrix_state(unit_decoder=False)
    assert relu_architecture(loose, where=HERE) == "relu_decoder_norm"


@pytest.mark.parametrize("name", ["W_dec", "b_enc", "b_dec"])
def test_a_tensor_of_another_shape_is_named_with_the_mend(name):
    state = matrix_state() | {name: torch.zeros(D_IN + D_SAE)}
    with pytest.raises(BrokenArtifact, match=rf"ae.pt does not fit: {name} has .*; download it or"):
        assemble("relu", state, where=HERE)
