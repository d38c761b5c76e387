import json

import pytest
import torch
from safetensors.torch import save_file
from tests.interchange.foreign import (
    D_IN,
    D_SAE,
    K,
    assert_same,
    matrix_state,
    residues,
    standardised,
    top_k,
    vector,
)  # fmt: skip

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.interchange import read
from interplm.sae import NormalizedSAE


def state(**stats):
    ours = matrix_state(unit_decoder=False)
    del ours["b_enc"]
    return ours | {"idf": torch.ones(D_SAE), "max": torch.ones(D_SAE)} | stats


def save(folder, layers=(24,), tensors=None, **config):
    folder.mkdir(exist_ok=True, parents=True)
    for layer in layers:
        save_file(state() if tensors is None else tensors, folder / f"layer_{layer}.safetensors")
    said = {
        "d_model": D_IN, "codebook_dim": D_SAE, "k": K, "available_layers": list(layers),
        "model_type": "esmc_sae",
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(said | config))
    return folder


def forward(state, x):
    """`EsmcSaeLayer.forward` of esm/models/esmc/sae.py; its reconstruction, back in PLM units."""
    t, deviation, mean = standardised(x)
    features = top_k(((t - state["b_dec"]) @ state["W_enc"]).clamp_min(0))
    return features, (features @ state["W_dec"] + state["b_dec"]) * deviation + mean


def test_features_are_esm_s_and_the_reconstruction_comes_back_to_the_plm_s_units(tmp_path):
    found = read(save(tmp_path))
    assert found.format == "ESMC"
    assert_same(found.sae, *forward(state(), residues()))
    x = residues()
    with torch.no_grad():
        output = found.sae(x)
        in_their_space = found.sae.target(x) - found.sae.error(x, output)
        expected = output.features @ state()["W_dec"] + state()["b_dec"]
        torch.testing.assert_close(in_their_space, expected, atol=1e-5, rtol=1e-5)


def test_layers_count_as_ours_do_and_the_plm_is_that_of_the_repository_s_name(tmp_path):
    folder = save(tmp_path / "ESMC-600M-sae-layer24-k64-codebook16384")
    trained_on = read(folder).trained_on
    assert (trained_on["layer"], trained_on["plm"]) == (24, "esmc_600m")
    assert trained_on["special_tokens"] == "kept"
    assert "its files (d_model, layer)" in trained_on["known_from"]


def test_of_several_layers_one_is_chosen(tmp_path):
    folder = save(tmp_path, layers=(3, 24))
    with pytest.raises(UserError, match=r"SAEs of several layers, \[3, 24\]: choose one with laye"):
        read(folder)
    assert read(folder, layer=3).trained_on["layer"] == 3
    assert read(folder / "layer_24.safetensors").trained_on["layer"] == 24
    with pytest.raises(MissingArtifact, match=r"layer_5.safetensors does not exist; .*\[3, 24\]"):
        read(folder, layer=5)


def test_sae_of_updates_says_what_it_reads_and_no_layer(tmp_path):
    folder = save(tmp_path, layers=(0, 7), use_residual_update_instead_of_states=True)
    trained_on = read(folder, layer=7).trained_on
    assert trained_on["reads"] == "the update of layer 7: its state less that of layer 6"
    assert "layer" not in trained_on
    assert read(folder, layer=0).trained_on["layer"] == 0  # the state itself, having none before


def test_a_file_without_its_config_needs_k(tmp_path):
    save(tmp_path)
    (tmp_path / "config.json").unlink()
    path = tmp_path / "layer_24.safetensors"
    with pytest.raises(UserError, match=r"layer_24.safetensors does not store how many"):
        read(path)
    assert_same(read(path, k=K).sae, *forward(state(), residues()))


def test_normalised_features_are_fractions_of_the_maximum_weighed_by_rarity(tmp_path):
    stats = {"idf": vector(D_SAE, 11, positive=True), "max": vector(D_SAE, 12, positive=True)}
    stats["max"][3] = 0  # never fired
    folder = save(tmp_path, tensors=state(**stats))
    features, _ = forward(state(), residues())
    assert torch.equal(read(folder).sae.encode(residues()), read(folder, scale="raw").sae.encode(
        residues()))  # fmt: skip
    found = read(folder, scale="normalized").sae
    assert isinstance(found, NormalizedSAE)
    expected = features / stats["max"] * stats["idf"]
    expected[:, 3] = features[:, 3]
    torch.testing.assert_close(found.encode(residues()), expected)


def test_statistics_that_are_ones_are_no_normalisation(tmp_path):
    with pytest.raises(UserError, match=r"comes without statistics \(its idf and max are ones\)"):
        read(save(tmp_path), scale="normalized")
    wrong = state(idf=torch.full((D_SAE,), torch.nan), max=vector(D_SAE, 1, positive=True))
    with pytest.raises(BrokenArtifact, match=r"idf and max of .* are no statistics of features"):
        read(save(tmp_path, tensors=wrong), scale="normalized")


def test_what_esm_itself_saves_is_read(tmp_path):
    """The package wants Python 3.12; without it this is experiments/interchange."""
    esm = pytest.importorskip("esm.models.esmc.sae", exc_type=ImportError)
    size = {"d_model": D_IN, "codebook_dim": D_SAE, "k": K}
    model = esm.EsmcSaeModel(esm.EsmcSaeConfig(**size))
    model.layers["5"] = esm.EsmcSaeLayer(esm.EsmcSaeParams(**size, layer=5))
    model.layers["5"].load_state_dict(state())
    model.save_pretrained(tmp_path)
    features = model(residues()).feature_magnitudes.detach()
    torch.testing.assert_close(read(tmp_path).sae.encode(residues()), features)
