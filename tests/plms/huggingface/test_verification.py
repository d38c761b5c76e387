"""Models whose states are not what they are taken for are refused when they are loaded."""

import pytest
import torch
from tests.plms.huggingface import models
from tests.plms.huggingface.models import load, randomised

from interplm.errors import UserError
from interplm.plms import MaskedLanguageModel
from interplm.plms.huggingface import encoder, loading, verification
from interplm.plms.huggingface.encoder import HuggingFaceEncoder


@pytest.fixture
def bert(tmp_path):
    models.write_bert(tmp_path, models.PROTBERT, n_positions=80)
    return tmp_path


def test_states_of_another_layer_are_noticed(bert, monkeypatch):
    honest = encoder.read_states

    def shifted(base, blocks, layers, inputs):
        states = honest(base, blocks, sorted({*layers, 0}), inputs)
        return states | ({1: states[0]} if 1 in states else {})

    monkeypatch.setattr(encoder, "read_states", shifted)
    with pytest.raises(UserError, match=r"The states read at layers \[1\] of .* are not its hid"):
        load(bert)


def test_rows_of_other_residues_are_noticed(bert, monkeypatch):
    honest = HuggingFaceEncoder.residue_states

    def turned(self, sequences, layers):
        states = honest(self, sequences, layers)
        return {layer: [rows.flip(0) for rows in of_one] for layer, of_one in states.items()}

    monkeypatch.setattr(HuggingFaceEncoder, "residue_states", turned)
    with pytest.raises(UserError, match=r"another letter at residue 1 changes .* of \[66\]"):
        load(bert)


def test_attention_to_padding_is_noticed(bert, monkeypatch):
    monkeypatch.setattr(
        HuggingFaceEncoder,
        "inputs",
        lambda self, tokens: {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)},
    )
    with pytest.raises(UserError, match="has other states in a batch with a longer one than alone"):
        load(bert)


def test_a_context_longer_than_the_positions_is_noticed(bert):
    with pytest.raises(UserError, match=r"does not read 79 residues at once .*plm.max_residues"):
        load(bert, max_residues=79)


def test_layers_that_share_their_weights_are_refused(tmp_path):
    from transformers import AlbertConfig, AlbertForMaskedLM

    config = AlbertConfig(
        vocab_size=30, embedding_size=16, intermediate_size=32, max_position_embeddings=80,
        **models.SIZES,
    )  # fmt: skip
    randomised(AlbertForMaskedLM(config)).save_pretrained(tmp_path)
    models.write_vocabulary(tmp_path, models.PROTBERT, tokenizer_class="BertTokenizer",
                            do_lower_case=False)  # fmt: skip
    with pytest.raises(UserError, match="keeps its 3 layers in no list of that length"):
        load(tmp_path)


def test_a_model_that_cannot_be_continued_is_an_encoder_with_a_warning(bert, monkeypatch, caplog):
    monkeypatch.setattr(loading, "can_be_continued", lambda plm: False)
    plm = load(bert)
    assert not isinstance(plm, MaskedLanguageModel)
    assert "fidelity is not available" in caplog.text


def test_logits_from_the_middle_that_differ_are_noticed(bert, monkeypatch):
    plm = load(bert)
    assert verification.can_be_continued(plm)
    honest = plm.logits_at
    monkeypatch.setattr(plm, "logits_at", lambda *arguments: honest(*arguments) + 1)
    assert not verification.can_be_continued(plm)
