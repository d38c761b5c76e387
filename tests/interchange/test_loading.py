import json
import sys

import pytest
import torch
from tests.interchange import test_dictionary_learning, test_original, test_sae_lens
from tests.sae.architectures import fitted

from interplm.errors import MissingArtifact, UserError
from interplm.interchange import load, read
from interplm.sae import NormalizedSAE, SparseAutoencoder, save_sae


def ours(folder):
    save_sae(fitted("relu"), folder, fingerprint={"layer": 3})


def a_run(folder):
    ours(folder / "sae")


def original(folder):
    test_original.save(folder, test_original.relu_state())


def with_dictionary_learning_s_config(folder, **trainer):
    state = test_original.relu_state()
    # Where the decoder is not of unit norm the two toolkits' features differ.
    state["decoder.weight"] = 2 * state["decoder.weight"]
    test_dictionary_learning.save(folder, "AutoEncoder", state, **trainer)


def of_the_first_release(folder):
    with_dictionary_learning_s_config(folder, plm_name="esm2_t6_8M_UR50D")


def of_sae_lens(folder):
    folder.mkdir()
    test_sae_lens.save(folder, test_sae_lens.config_of("gated"), test_sae_lens.state_of("gated"))


@pytest.mark.parametrize(
    ("write", "format"),
    [
        (ours, "InterPLM"),
        (a_run, "InterPLM"),
        (original, "original InterPLM"),
        (of_the_first_release, "original InterPLM"),
        (with_dictionary_learning_s_config, "dictionary_learning"),
        (of_sae_lens, "SAELens"),
    ],
)
def test_the_format_of_a_folder_is_recognised(tmp_path, write, format):
    write(tmp_path / "folder")
    found = read(tmp_path / "folder")
    assert found.format == format
    assert isinstance(found.sae, SparseAutoencoder)
    assert not found.sae.training


def test_a_file_is_of_the_original(tmp_path):
    maxima = torch.linspace(0.5, 2, 16)
    state = test_original.version_1(test_original.relu_state())
    path = test_original.save(tmp_path, state | {"activation_rescale_factor": maxima}, "mine.pt")
    assert isinstance(load(path), NormalizedSAE)


def test_an_unknown_folder_is_refused_with_what_was_looked_for(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "esm"}))
    looked_for = r"Looked for: sae.yaml .*cfg.json .*config.json .*ae.pt, ae_unnormalized.pt, ae_n"
    with pytest.raises(MissingArtifact, match=looked_for):
        load(tmp_path)


@pytest.mark.parametrize("source", ["/no/such/folder", "missing", "../missing/run", "a b/c"])
def test_a_path_that_does_not_exist_is_not_asked_of_the_hub(source):
    with pytest.raises(
        MissingArtifact, match="does not exist, and is not the id of a Hugging Face"
    ):
        load(source)


def test_what_may_be_an_id_says_that_it_was_taken_for_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    message = r"needs the package huggingface_hub: install .*`pip install interplm\[huggingface\]`"
    with pytest.raises(UserError, match=message):
        load("someone/sae")
