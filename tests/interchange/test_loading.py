import json
import sys

import pytest
import torch
from tests.interchange import (
    test_bionemo,
    test_dictionary_learning,
    test_esmc,
    test_one_layer,
    test_original,
    test_sae_lens,
    test_sparsify,
)
from tests.sae.architectures import fitted

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
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


def of_bionemo(folder):
    folder.mkdir()
    state, config = test_bionemo.state(topk=True), test_bionemo.topk_config(True)
    test_bionemo.checkpoint(folder / "checkpoint_final.pt", state, config)


@pytest.mark.parametrize(
    ("write", "format"),
    [
        (ours, "InterPLM"),
        (a_run, "InterPLM"),
        (original, "original InterPLM"),
        (of_the_first_release, "original InterPLM"),
        (with_dictionary_learning_s_config, "dictionary_learning"),
        (of_sae_lens, "SAELens"),
        (test_sparsify.save, "sparsify"),
        (test_esmc.save, "ESMC"),
        (test_one_layer.save, "1L-Sparse-Autoencoder"),
        (of_bionemo, "BioNeMo"),
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
    looked_for = r"but config.json. Looked for: sae.yaml .*cfg.json .*config.json .*ae.pt, ae_unno"
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


def test_of_several_files_one_has_to_be_given(tmp_path):
    for name in ("a.pt", "b.safetensors"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(MissingArtifact, match=r"several files to choose from: a.pt, b.safetensors"):
        load(tmp_path)


def test_a_file_of_something_else_is_named_with_what_it_holds(tmp_path):
    torch.save({"embedding.weight": torch.ones(2, 2)}, tmp_path / "plm.pt")
    with pytest.raises(MissingArtifact, match=r"no SAE .*, but plm.pt with embedding.weight. Look"):
        load(tmp_path / "plm.pt")
    (tmp_path / "notes.txt").write_text("sparse")
    with pytest.raises(BrokenArtifact, match=r"notes.txt is damaged: .*; or it is no file of"):
        load(tmp_path / "notes.txt")


def test_what_was_said_in_vain_is_said(tmp_path):
    original(tmp_path / "sae")
    with pytest.raises(UserError, match=r"holds one SAE, and layer=4 would choose among several"):
        load(tmp_path / "sae", layer=4)
    with pytest.raises(UserError, match=r"fires as many features as its thresholds say, so k=4"):
        load(tmp_path / "sae", k=4)


def test_a_folder_of_layers_is_entered_by_number(tmp_path):
    original(tmp_path / "layer_4")
    assert read(tmp_path, layer=4).format == "original InterPLM"


def test_loading_leaves_the_random_numbers_alone(tmp_path):
    original(tmp_path / "sae")
    before = torch.get_rng_state()
    load(tmp_path / "sae")
    assert torch.equal(torch.get_rng_state(), before)
