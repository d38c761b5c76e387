import json

import pytest
import torch
from safetensors.torch import save_file
from tests.interchange.foreign import (
    D_IN,
    D_SAE,
    TOLERANCE,
    K,
    assert_same,
    linear_state,
    residues,
    top_k,
    vector,
)  # fmt: skip

from interplm.errors import UserError
from interplm.interchange import read


def state(*, skip=False):
    linear = linear_state(unit_decoder=False)
    found = {
        "encoder.weight": linear["encoder.weight"], "encoder.bias": linear["encoder.bias"],
        "W_dec": linear["decoder.weight"].T.contiguous(), "b_dec": vector(D_IN, 2),
    }  # fmt: skip
    return found | ({"W_skip": vector(D_IN**2, 9).view(D_IN, D_IN)} if skip else {})


def save(folder, tensors=None, **changes):
    folder.mkdir(exist_ok=True, parents=True)
    save_file(state() if tensors is None else tensors, folder / "sae.safetensors")
    config = {
        "activation": "topk", "expansion_factor": 32, "normalize_decoder": True,
        "num_latents": D_SAE, "k": K, "multi_topk": False, "skip_connection": False,
        "transcode": False, "d_in": D_IN,
    }  # fmt: skip
    (folder / "cfg.json").write_text(json.dumps(config | changes))
    return folder


def largest_of_groups(values, k):
    kept = torch.zeros_like(values)
    for row, found in zip(values, kept, strict=True):
        for group in torch.arange(len(row)).chunk(k):
            place = group[row[group].argmax()]
            found[place] = row[place]
    return kept


def forward(state, x, *, activation="topk", k=K, transcode=False):
    """`SparseCoder.encode` and `forward` of sparsify/sparse_coder.py."""
    centred = x if transcode else x - state["b_dec"]
    raw = (centred @ state["encoder.weight"].T + state["encoder.bias"]).clamp_min(0)
    features = top_k(raw, k) if activation == "topk" else largest_of_groups(raw, k)
    skip = x @ state["W_skip"].T if "W_skip" in state else 0
    return features, features @ state["W_dec"] + state["b_dec"] + skip


@pytest.mark.parametrize(("activation", "k"), [("topk", K), ("groupmax", 4)])
def test_features_and_reconstructions_are_sparsify_s(tmp_path, activation, k):
    found = read(save(tmp_path / "layers.3", activation=activation, k=k))
    assert found.format == "sparsify"
    assert_same(found.sae, *forward(state(), residues(), activation=activation, k=k))


def test_an_early_config_names_less(tmp_path):
    folder = save(tmp_path / "layers.3")
    (folder / "cfg.json").write_text(json.dumps({"expansion_factor": 2, "d_in": D_IN, "k": K}))
    assert_same(read(folder).sae, *forward(state(), residues()))


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("transcode", [False, True])
def test_what_predicts_is_a_transcoder(tmp_path, transcode, skip):
    if not (transcode or skip):
        return  # an autoencoder, above
    coder = state(skip=skip)
    folder = save(tmp_path / "layers.3.mlp", coder, transcode=transcode, skip_connection=skip)
    found, x = read(folder).sae, residues()
    features, predicted = forward(coder, x, transcode=transcode)
    with torch.no_grad():
        torch.testing.assert_close(found.encode(x), features, atol=TOLERANCE, rtol=TOLERANCE)
        torch.testing.assert_close(found.predict(x), predicted, atol=1e-5, rtol=1e-5)
    with pytest.raises(UserError, match=r"This is a transcoder: it predicts another state"):
        found(x)


def test_the_output_of_a_module_is_the_layer_after_it_and_the_plm_is_in_the_run(tmp_path):
    folder = save(tmp_path / "run/layers.3")
    (tmp_path / "run/config.json").write_text('{"model": "facebook/esm2_t6_8M_UR50D"}')
    trained_on = read(folder).trained_on
    assert (trained_on["plm"], trained_on["layer"]) == ("esm2_8m", 4)
    assert trained_on["hookpoint"] == "layers.3"
    of_mlp = read(save(tmp_path / "run/layers.3.mlp")).trained_on
    assert "layer" not in of_mlp
    assert of_mlp["reads"] == "the output of the module layers.3.mlp"


def test_what_cannot_be_computed_is_refused_by_name(tmp_path):
    with pytest.raises(UserError, match=r"has the activation relu6, which no architecture here"):
        read(save(tmp_path, activation="relu6"))
    with pytest.raises(UserError, match=r"a transcoder with the activation groupmax; only"):
        read(save(tmp_path, activation="groupmax", transcode=True))


@pytest.mark.parametrize(("activation", "k"), [("topk", K), ("groupmax", 4)])
def test_what_sparsify_itself_saves_is_read(tmp_path, activation, k):
    sparsify = pytest.importorskip("sparsify")
    config = sparsify.SparseCoderConfig(activation=activation, k=k, num_latents=D_SAE)
    coder = sparsify.SparseCoder(D_IN, config)
    coder.load_state_dict(state())
    coder.save_to_disk(tmp_path / "layers.3")
    with torch.no_grad():
        values, places, _ = coder.encode(residues())
        features = torch.zeros(len(values), D_SAE).scatter(1, places, values)
        torch.testing.assert_close(read(tmp_path / "layers.3").sae.encode(residues()), features)
