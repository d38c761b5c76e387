import json
import os
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.plms.huggingface import models
from tests.plms.huggingface.models import load

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.plms import MaskedLanguageModel


@pytest.fixture
def bert(tmp_path):
    models.write_bert(tmp_path, models.PROTBERT, n_positions=80)
    return tmp_path


def change(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def rewrite(folder, edit):
    """Edit the tensors of the safetensors file."""
    tensors = load_file(folder / "model.safetensors")
    save_file(edit(tensors), folder / "model.safetensors", metadata={"format": "pt"})


class Evil:
    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder / "owned"),)


def test_code_in_a_checkpoint_is_not_run(bert):
    (bert / "model.safetensors").unlink()
    torch.save({"bert.embeddings.word_embeddings.weight": Evil(bert)}, bert / "pytorch_model.bin")
    with pytest.raises(BrokenArtifact, match="could not be read as a model of Hugging Face"):
        load(bert)
    assert not (bert / "owned").exists()


def test_code_in_a_repository_is_not_run(bert):
    (bert / "modeling.py").write_text(f"import os; os.mkdir({str(bert / 'owned')!r})")
    change(bert, auto_map={"AutoConfig": "modeling.C", "AutoModelForMaskedLM": "modeling.M"})
    assert load(bert).n_layers == 3  # transformers' own BERT is used
    change(bert, model_type="progen")
    with pytest.raises(UserError, match=r"type 'progen', which transformers .* never run, so give"):
        load(bert)
    assert not (bert / "owned").exists()


def test_a_truncated_file_is_named(bert):
    weights = bert / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(BrokenArtifact, match=r"could not be read .*: download it again, whole"):
        load(bert)


def test_a_damaged_config_is_named(bert):
    (bert / "config.json").write_text("{")
    with pytest.raises(BrokenArtifact, match="could not be read as a model"):
        load(bert)


def test_missing_weights_are_named(bert):
    (bert / "model.safetensors").unlink()
    with pytest.raises(MissingArtifact, match="holds no weights"):
        load(bert)


def test_weights_of_another_config_are_refused_and_not_drawn_at_random(bert):
    change(bert, num_hidden_layers=4)
    with pytest.raises(BrokenArtifact, match=r"lack 16 tensors of its config, such as bert.encod"):
        load(bert)


def test_a_model_without_its_head_can_be_embedded(bert):
    whole = load(bert)
    rewrite(bert, lambda tensors: {k: v for k, v in tensors.items() if not k.startswith("cls")})
    plm = load(bert)
    assert not isinstance(plm, MaskedLanguageModel)
    with torch.inference_mode():
        found, expected = (p.activations(["MKTAYI"], [3])[3][0] for p in (plm, whole))
    assert torch.equal(found, expected)


def test_weights_must_have_the_sha256_that_is_asked_for(bert):
    assert load(bert, sha256=load(bert).weights_sha256).n_layers == 3
    with pytest.raises(BrokenArtifact, match=r"have the SHA-256 .*, not 00: .*plm.sha256=null"):
        load(bert, sha256="00")


def test_several_files_of_weights_have_one_identity(bert):
    from transformers import AutoModelForMaskedLM

    network = AutoModelForMaskedLM.from_pretrained(bert)
    single = load(bert)
    (bert / "model.safetensors").unlink()
    network.save_pretrained(bert, max_shard_size="5kB")
    assert len(list(bert.glob("model-*.safetensors"))) > 1
    with torch.inference_mode():
        found, expected = (p.activations(["MKT"], [3])[3][0] for p in (load(bert), single))
    assert torch.equal(found, expected)
    assert len(load(bert).weights_sha256) == 64


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            {"dtype": "float64"},
            "plm.dtype must be one of float32, float16, bfloat16, got 'float64'",
        ),
        ({"attention": "flash"}, "plm.attention must be sdpa or eager, got 'flash'"),
        ({"control": "random"}, "plm.control must be null, untrained or shuffled, got 'random'"),
        ({"replaced": {"X": "J"}}, "plm.replaced reads letters as J, for which there is no token"),
    ],
)
def test_settings_out_of_range_are_refused(bert, setting, said):
    with pytest.raises(UserError, match=said):
        load(bert, **setting)


def test_a_missing_package_is_one_sentence(bert, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UserError, match=r"need the package transformers: .*interplm\[huggingface"):
        load(bert)
