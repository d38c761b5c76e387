import json

import pytest
import torch
from safetensors.torch import save_file
from tests.interchange.foreign import D_IN, D_SAE, assert_same, matrix_state, residues

from interplm.errors import BrokenArtifact
from interplm.interchange import read


def save(folder, tensors=None, **cfg):
    folder.mkdir(exist_ok=True, parents=True)
    save_file(matrix_state() if tensors is None else tensors, folder / "model.safetensors")
    said = {"act_size": D_IN, "dict_size": D_SAE, "l1_coeff": 3e-4, "enc_dtype": "fp32", "seed": 49}
    (folder / "config.json").write_text(json.dumps({"cfg": said | cfg}))
    return folder


def forward(state, x):
    """`encode` and `decode` of sae/SAE_methods.py."""
    features = ((x - state["b_dec"]) @ state["W_enc"] + state["b_enc"]).clamp_min(0)
    return features, features @ state["W_dec"] + state["b_dec"]


def test_features_and_reconstructions_are_theirs(tmp_path):
    found = read(save(tmp_path))
    assert found.format == "1L-Sparse-Autoencoder"
    assert_same(found.sae, *forward(matrix_state(), residues()))
    assert torch.equal(read(tmp_path / "model.safetensors").sae.W_enc, found.sae.W_enc)


def test_their_layer_3_is_our_layer_4(tmp_path):
    """It is the output of the block that they count as 3 from 0."""
    by_name = read(save(tmp_path / "evillegasgarcia/sae_esm2_6_l3")).trained_on
    assert (by_name["plm"], by_name["layer"]) == ("esm2_8m", 4)
    assert "table of publications, Villegas Garcia & Ansuini 2025" in by_name["known_from"]
    model = "facebook/esm2_t6_8M_UR50D"
    by_config = read(save(tmp_path / "mine", layer=3, model_name=model)).trained_on
    assert (by_config["plm"], by_config["layer"]) == ("esm2_8m", 4)
    assert by_config["known_from"] == "its files (plm, layer, d_model)"


@pytest.mark.parametrize(("site", "layer"), [("resid_pre", 3), ("resid_post", 4), ("mlp", None)])
def test_the_site_says_which_side_of_the_block(tmp_path, site, layer):
    assert read(save(tmp_path, layer=3, site=site)).trained_on.get("layer") == layer


def test_other_tensors_are_refused(tmp_path):
    with pytest.raises(BrokenArtifact, match=r"has stray besides, so it is not a 1L-Sparse-Autoen"):
        read(save(tmp_path, tensors=matrix_state() | {"stray": torch.zeros(1)}))
