"""InterProt: residues attended to the padding of a batch, so states hung on the other proteins."""

import pytest
import torch
from tests.evaluation.plms import plm
from tests.plms.checkpoints import SEQUENCES


@pytest.fixture(scope="module")
def model():
    return plm()


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_states_are_those_of_each_sequence_alone(model, layer):
    with torch.inference_mode():
        together = model.activations(SEQUENCES, [layer])[layer]
        alone = [model.activations([sequence], [layer])[layer][0] for sequence in SEQUENCES]
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_logits_continued_from_a_layer_are_those_of_each_sequence_alone(model):
    def logits(sequences):
        tokens = model.tokens.tokenize(sequences)
        hidden = model.hidden_states(tokens, [1])[1]
        return model.logits_at(hidden, tokens, 1, model.tokens.residue_mask(tokens))

    with torch.inference_mode():
        alone = torch.cat([logits([sequence]) for sequence in SEQUENCES])
        torch.testing.assert_close(logits(SEQUENCES), alone, rtol=1e-4, atol=1e-5)
