"""The same ESM-2 in three ways: fair-esm's code, transformers', and our forward pass on either."""

import pytest
import torch
from tests.plms.checkpoints import SEQUENCES, network, write_official
from tests.plms.huggingface import models
from tests.plms.huggingface.models import load, reference, relative_error

from interplm.errors import UserError
from interplm.plms.esm2 import ESM2, load_esm2
from interplm.plms.huggingface import esm2
from interplm.plms.huggingface.encoder import HuggingFaceMaskedLM

LAYERS = range(4)
# A letter that transformers' ESM-2 does not know is left out here; `replaced` mends it.
KNOWN = [sequence.replace("J", "X") for sequence in SEQUENCES]


def as_transformers(made):
    """fair-esm's weights in transformers' module, name by name."""
    from transformers import EsmConfig, EsmForMaskedLM

    config = EsmConfig(
        vocab_size=33, hidden_size=40, num_hidden_layers=3, num_attention_heads=5,
        intermediate_size=160, max_position_embeddings=1026, pad_token_id=1, mask_token_id=32,
        token_dropout=True, emb_layer_norm_before=False, position_embedding_type="rotary",
        layer_norm_eps=1e-5, tie_word_embeddings=False,
    )  # fmt: skip
    other = EsmForMaskedLM(config).eval()
    fair = made.state_dict()
    state = {
        "esm.embeddings.word_embeddings.weight": fair["embed_tokens.weight"],
        "lm_head.decoder.weight": fair["lm_head.weight"],
        "lm_head.bias": fair["lm_head.bias"],
    }
    for kind in ("weight", "bias"):
        after = "emb_layer_norm_after"
        state[f"esm.encoder.{after}.{kind}"] = fair[f"{after}.{kind}"]
        for part in ("dense", "layer_norm"):
            state[f"lm_head.{part}.{kind}"] = fair[f"lm_head.{part}.{kind}"]
        for layer in range(3):
            theirs = f"esm.encoder.layer.{layer}."
            for name, ours in {
                "attention.self.query": "self_attn.q_proj",
                "attention.self.key": "self_attn.k_proj",
                "attention.self.value": "self_attn.v_proj",
                "attention.output.dense": "self_attn.out_proj",
                "attention.LayerNorm": "self_attn_layer_norm",
                "intermediate.dense": "fc1",
                "output.dense": "fc2",
                "LayerNorm": "final_layer_norm",
            }.items():
                state[f"{theirs}{name}.{kind}"] = fair[f"layers.{layer}.{ours}.{kind}"]
    missing = other.load_state_dict(state, strict=False).missing_keys
    assert all("contact_head" in name or "inv_freq" in name for name in missing)
    return other


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "esm2"
    as_transformers(network()).save_pretrained(path)
    models.write_vocabulary(path, models.ESM, tokenizer_class="EsmTokenizer")
    return path


@pytest.fixture(scope="module")
def fair(tmp_path_factory):
    path = write_official(network(), tmp_path_factory.mktemp("weights") / "esm2_small.pt")
    return load_esm2(
        name="small", model="esm2_small", weights=path, base_url=None, hub_folder=None,
        control=None, seed=0,
    )  # fmt: skip


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_that_of_fair_esm_for_mixed_lengths(folder, fair, attention, layer):
    plm = load(folder, replaced={"J": "X"}, attention=attention)
    assert isinstance(plm, ESM2 if attention == "sdpa" else HuggingFaceMaskedLM)
    tokens = fair.tokens.tokenize(SEQUENCES)
    with torch.inference_mode():
        original = fair.network(tokens, repr_layers=[layer])["representations"][layer]
        found = plm.activations(SEQUENCES, [layer])[layer]
    for rows, sequence, states in zip(found, SEQUENCES, original, strict=True):
        assert relative_error(rows, states[1 : len(sequence) + 1]) < 1e-5


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_logits_with_masks_are_those_of_fair_esm_and_of_transformers(folder, fair, attention):
    plm = load(folder, attention=attention)
    tokens = plm.tokens.tokenize(KNOWN)
    tokens[0, 3:9] = tokens[4, 1] = plm.tokens.mask
    mask = plm.tokens.residue_mask(tokens)
    with torch.inference_mode():
        original = fair.network(tokens)["logits"][mask]
        for layer, hidden in plm.hidden_states(tokens, LAYERS).items():
            logits = plm.logits_from(hidden, tokens, layer)[mask]
            assert relative_error(logits, original) < 1e-5
    theirs = reference(as_transformers(network()), tokens, 1).logits[mask]
    assert relative_error(theirs, original) < 1e-5


def test_tokenizers_are_the_same_where_the_same_letters_are_read(folder, fair):
    assert load(folder, replaced={"J": "X"}).tokenizer_sha256 == fair.tokenizer_sha256
    assert load(folder).tokenizer_sha256 != fair.tokenizer_sha256


def test_without_fair_esm_transformers_own_pass_is_used(folder, monkeypatch):
    import builtins

    honest = builtins.__import__

    def without(name, *arguments):
        if name == "interplm.plms.esm2":
            raise UserError("not fair-esm")
        return honest(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    assert isinstance(load(folder), HuggingFaceMaskedLM)


def test_other_models_stay_as_they_are(tmp_path):
    models.write_esm(tmp_path, is_esm2=False)
    plm = load(tmp_path)
    assert esm2.faster(plm) is plm
