import math

import torch
from tests.plms.checkpoints import SEQUENCES

from interplm.demo import esm2_demo_weights
from interplm.plms.esm2 import load_esm2


def demo_plm(control=None):
    return load_esm2(
        name="esm2_demo", model="esm2_demo", weights=esm2_demo_weights(), base_url=None,
        hub_folder=None, control=control, seed=0,
    )  # fmt: skip


def perplexity_of_masked_residues(plm, sequence):
    """Each residue in turn replaced by <mask>."""
    tokens = plm.tokens.tokenize([sequence]).repeat(len(sequence), 1)
    rows = torch.arange(len(sequence))
    truth = tokens[rows, rows + 1].clone()
    tokens[rows, rows + 1] = plm.network.alphabet.mask_idx
    states = plm.hidden_states(tokens, [plm.n_layers])[plm.n_layers]
    logits = plm.logits_from(states, tokens, plm.n_layers)[rows, rows + 1]
    return math.exp(float(torch.nn.functional.cross_entropy(logits, truth)))


def test_it_is_small():
    assert esm2_demo_weights().stat().st_size < 2_000_000


def test_it_has_learnt_what_its_untrained_twin_has_not():
    # Human ubiquitin, a protein of real composition.
    ubiquitin = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
    with torch.inference_mode():
        trained = perplexity_of_masked_residues(demo_plm(), ubiquitin)
        untrained = perplexity_of_masked_residues(demo_plm("untrained"), ubiquitin)
    assert trained < 20 < untrained


def test_every_layer_gives_a_row_for_each_residue():
    plm = demo_plm()
    with torch.inference_mode():
        states = plm.activations(SEQUENCES, range(plm.n_layers + 1))
    for rows in states.values():
        assert [len(protein) for protein in rows] == [len(sequence) for sequence in SEQUENCES]
