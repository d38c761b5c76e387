"""InterProt: ESM-2 ran without the scale 0.88 that its training with masks leaves on embeddings."""

import torch
from tests.evaluation.plms import plm


def embedded(model, tokens):
    """States at layer 0, and the rows of the embedding that they come from."""
    with torch.inference_mode():
        return model.hidden_states(tokens, [0])[0][0], model.network.embed_tokens(tokens)[0]


def test_unmasked_embeddings_are_scaled_by_the_share_that_training_left_visible():
    model = plm()
    states, rows = embedded(model, model.tokens.tokenize(["MKV"]))
    torch.testing.assert_close(states, 0.88 * rows)


def test_masked_embeddings_are_zero_and_the_others_make_up_for_them():
    model = plm()
    tokens = model.tokens.tokenize(["MKV"])
    states, rows = embedded(model, model.mask(tokens, torch.arange(5)[None] == 2))
    # One of the five tokens, begin and end included.
    expected = rows * 0.88 / (1 - 1 / 5)
    expected[2] = 0
    torch.testing.assert_close(states, expected)
