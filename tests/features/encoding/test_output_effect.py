import numpy as np
import pytest
import torch

from interplm.demo import esm2_demo_weights
from interplm.features.encoding.output_effect import output_effect
from interplm.plms.esm2 import load_esm2
from interplm.proteins.alphabet import STANDARD
from interplm.sae import ReLUSAE

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSS"
LAYER = 3


@pytest.fixture(scope="module")
def plm():
    return load_esm2(
        name="esm2_demo", model="esm2_demo", weights=esm2_demo_weights(), base_url=None,
        hub_folder=None, control=None, seed=0,
    ).eval()  # fmt: skip


@pytest.fixture(scope="module")
def sae():
    torch.manual_seed(0)
    return ReLUSAE(d_in=112, d_sae=24, l1_coefficient=0.1, reconstruction="l2").eval()


def test_it_is_the_difference_that_taking_the_feature_away_makes(plm, sae):
    found = output_effect(plm, sae, layer=LAYER, feature=5, places=[(SEQUENCE, 4), (SEQUENCE, 9)])
    expected = np.zeros(20)
    with torch.no_grad():
        tokens = plm.tokens.tokenize([SEQUENCE])
        letters = plm.tokens.tokenize([STANDARD])[0][
            plm.tokens.residue_mask(plm.tokens.tokenize([STANDARD]))[0]
        ]
        hidden = plm.hidden_states(tokens, [LAYER])[LAYER]
        without = hidden.clone()
        for residue in range(len(SEQUENCE)):
            # ESM-2 puts a token before the residues.
            state = hidden[0, residue + 1]
            activation = sae.encode(state[None])[0, 5]
            without[0, residue + 1] -= activation * sae.W_dec[5]
        for residue in (4, 9):
            logs = [
                torch.log_softmax(
                    plm.logits_from(h, tokens, LAYER)[0, residue + 1, letters].double(), -1
                )
                for h in (hidden, without)
            ]
            expected += (logs[0] - logs[1]).numpy() / 2
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(found.log_odds, expected, atol=1e-4)
    assert found.n_residues == 2


def test_a_feature_that_does_not_fire_has_no_effect(plm, sae):
    with torch.no_grad():
        states = plm.activations([SEQUENCE], [LAYER])[LAYER][0]
        silent = int((sae.encode(states) > 0).sum(dim=0).argmin())
        before = sae.b_enc[silent].clone()
        sae.b_enc[silent] = -1e3
    found = output_effect(plm, sae, layer=LAYER, feature=silent, places=[(SEQUENCE, 4)])
    np.testing.assert_allclose(found.log_odds, 0, atol=1e-5)
    with torch.no_grad():
        sae.b_enc[silent] = before


def test_without_places_there_is_nothing_to_say(plm, sae):
    found = output_effect(plm, sae, layer=LAYER, feature=5, places=[])
    assert found.n_residues == 0
    assert not found.log_odds.any()
