"""AntiBERTy: a small model in the layout of its wheel, and the real one where it is installed."""

import json
import sys
from importlib import metadata
from pathlib import Path

import pytest
import torch
from tests.plms.huggingface import models
from tests.plms.huggingface.models import reference, relative_error

from interplm.errors import BrokenArtifact, UserError
from interplm.plms import MaskedLanguageModel
from interplm.plms.huggingface import antiberty
from interplm.plms.huggingface.antiberty import load_antiberty

HEAVY = (
    "EVQLVQSGPEVKKPGTSVKVSCKASGFTFMSSAVQWVRQARGQRLEWIGWIVIGSGNTNYAQKFQERVTITRDMSTSTAYMELSSLRSEDTA"
    "VYYCAAPYCSSISCNDGFDIWGQGTMVTVS"
)
LIGHT = (
    "DVVMTQTPFSLPVSLGDQASISCRSSQSLVHSNGNTYLHWYLQKPGQSPKLLIYKVSNRFSGVPDRFSGSGSGTDFTLKISRVEAEDLGVYF"
    "CSQSTHVPYTFGGGTKLEIK"
)
SEQUENCES = [HEAVY, LIGHT, "QVQ"]
IDS = {token: index for index, token in enumerate(models.ANTIBERTY.split())}


def load(source=None, **changes):
    settings = {
        "name": "antiberty", "source": source, "replaced": {}, "max_residues": None,
        "dtype": "float32", "attention": "sdpa", "control": None, "seed": 0,
    }  # fmt: skip
    return load_antiberty(**settings | changes)


def tokens_of(sequences):
    width = max(map(len, sequences)) + 2
    rows = [[2, *(IDS[letter] for letter in sequence), 3] for sequence in sequences]
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


def compare(plm, network, sequences):
    """Greatest relative difference of any layer, and of logits continued from every layer."""
    tokens = tokens_of(sequences)
    assert torch.equal(plm.tokens.tokenize(sequences), tokens)
    expected = reference(network, tokens, 0)
    mask = plm.tokens.residue_mask(tokens)
    differences = []
    with torch.inference_mode():
        for layer, hidden in plm.hidden_states(tokens, range(plm.n_layers + 1)).items():
            differences.append(relative_error(hidden[mask], expected.hidden_states[layer][mask]))
            logits = plm.logits_from(hidden, tokens, layer)
            differences.append(relative_error(logits[mask], expected.logits[mask]))
    return max(differences)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained_models")
    return folder / "AntiBERTy_md_smooth", models.write_antiberty(folder)


def test_layers_and_logits_are_those_of_bert_with_each_residue_s_own_token(small):
    folder, network = small
    plm = load(str(folder))
    assert isinstance(plm, MaskedLanguageModel)
    assert compare(plm, network, ["EVQLVQSG", "QV", HEAVY]) < 1e-5


def test_letters_without_a_token_are_unknown(small):
    plm = load(str(small[0]))
    assert plm.alphabet.isdisjoint("XBZUOJ")
    with pytest.raises(UserError, match=r"antiberty has no token for X: .*unknown_residues"):
        plm.activations(["EVXL"], [1])


@pytest.mark.parametrize("control", ["untrained", "shuffled"])
def test_controls(small, control):
    assert load(str(small[0]), control=control).weights_sha256 != load(str(small[0])).weights_sha256


def test_weights_in_the_wheel_that_are_not_the_published_ones_are_refused(small, monkeypatch):
    monkeypatch.setattr(antiberty, "_wheel_folder", lambda: small[0])
    with pytest.raises(BrokenArtifact, match=r"have the SHA-256 .*, not f1ae33eac8cc8784a7d4"):
        load()


@pytest.fixture(scope="module")
def wheel():
    try:
        files = metadata.distribution("antiberty").files
    except metadata.PackageNotFoundError:
        pytest.skip("antiberty 0.1.3 is not installed")
    found = [Path(file.locate()) for file in files if file.name == "pytorch_model.bin"]
    if not found:
        pytest.skip("the installed antiberty holds no weights")
    return found[0].parent


def test_the_real_model_equals_transformers_own_forward_pass(wheel):
    from transformers import BertConfig, BertForMaskedLM

    plm = load()
    assert (plm.n_layers, plm.d_model, plm.max_residues) == (8, 512, 510)
    assert "antiberty" not in sys.modules
    network = BertForMaskedLM(BertConfig(**json.loads((wheel / "config.json").read_text()))).eval()
    state = torch.load(wheel / "pytorch_model.bin", map_location="cpu", weights_only=True)
    assert not network.load_state_dict(state, strict=False).missing_keys
    assert compare(plm, network, SEQUENCES) < 1e-6


def test_the_real_model_knows_antibodies(wheel):
    plm = load()
    tokens = plm.tokens.tokenize([HEAVY])
    with torch.inference_mode():
        states = plm.hidden_states(tokens, [8])[8]
        predicted = plm.logits_from(states, tokens, 8).argmax(-1)
    assert (predicted == tokens)[0, 1:-1].float().mean() > 0.9


def test_without_package_and_hub_the_package_is_named(monkeypatch):
    monkeypatch.setattr(antiberty, "_wheel_folder", lambda: None)

    def unreachable(source, **_):
        raise UserError(f"{source} could not be reached.")

    monkeypatch.setattr(antiberty, "model_folder", unreachable)
    with pytest.raises(UserError, match=r"pip install 'interplm\[antibodies\]'.* not be reached"):
        load()
