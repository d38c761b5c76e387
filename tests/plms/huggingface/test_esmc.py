import builtins

import pytest
import torch
from tests.plms.huggingface import models
from tests.plms.huggingface.models import SEQUENCES

from interplm.errors import UserError
from interplm.plms import MaskedLanguageModel
from interplm.plms.huggingface import esmc
from interplm.plms.huggingface.esmc import load_esmc


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("esmc")
    models.write_esmc(path)
    return path


def load(folder, **changes):
    settings = {
        "name": "small", "source": str(folder), "revision": None, "replaced": {"J": "X"},
        "vocabulary": None, "max_residues": None, "sha256": None, "dtype": "float32",
        "attention": "sdpa", "control": None, "seed": 0,
    }  # fmt: skip
    return load_esmc(**settings | changes)


def test_transformers_reads_it_where_it_knows_the_type(folder):
    plm = load(folder)
    assert isinstance(plm, MaskedLanguageModel)
    assert (plm.n_layers, plm.d_model, plm.max_residues) == (3, 16, 2046)


def test_the_written_down_tokens_are_those_of_the_tokenizer(folder):
    assert load(folder).tokens == esmc._tokens().with_replaced({"J": "X"})


def test_without_either_package_one_sentence_says_what_to_do(folder, monkeypatch):
    honest = builtins.__import__

    def without(name, *arguments):
        if name.startswith("esm.models"):
            raise ImportError(name)
        return honest(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr(esmc, "is_known", lambda model_type: False)
    with pytest.raises(UserError, match=r"transformers 5.16 or newer.*overwrites fair-esm.*esm`"):
        load(folder)


def test_the_makers_package_gives_the_same_states(folder, monkeypatch):
    pytest.importorskip("esm.models.esmc")
    expected = load(folder) if esmc.is_known("esmc") else None
    monkeypatch.setattr(esmc, "is_known", lambda model_type: False)
    plm = load(folder)
    with torch.inference_mode():
        tokens = plm.tokens.tokenize(SEQUENCES)
        states = plm.activations(SEQUENCES, range(4))
        logits = plm.logits_from(plm.hidden_states(tokens, [1])[1], tokens, 1)
        assert logits.shape == (*tokens.shape, 64)
        if expected is not None:
            for layer, rows in expected.activations(SEQUENCES, range(4)).items():
                for found, theirs in zip(states[layer], rows, strict=True):
                    torch.testing.assert_close(found, theirs)
