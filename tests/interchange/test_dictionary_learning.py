import json

import pytest
import torch
from tests.interchange.foreign import (
    D_IN,
    D_SAE,
    TOLERANCE,
    K,
    assert_same,
    jump,
    linear_state,
    matrix_state,
    residues,
    top_k,
    vector,
)  # fmt: skip

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.interchange import read

SIZES = [2, 6, 8]


def states():
    """For each class of version 0.1.0: its tensors, and what it makes of residues."""
    x, zero = residues(), torch.zeros(D_IN)
    k = {"k": torch.tensor(K, dtype=torch.int), "threshold": torch.tensor(0.4)}
    linear, loose = linear_state(), linear_state(unit_decoder=False)
    bias = vector(D_IN, seed=2)

    def pre(state, centre):
        return (x - centre) @ state["encoder.weight"].T + state["encoder.bias"]

    def both(state, features, shift):
        return features, features @ state["decoder.weight"].T + shift

    new = loose | {"decoder.bias": bias}
    selecting = linear | k | {"b_dec": bias}
    gated = {name: linear[name] for name in ("encoder.weight", "decoder.weight")} | {
        "decoder_bias": bias, "gate_bias": vector(D_SAE, 4), "mag_bias": vector(D_SAE, 5),
        "r_mag": vector(D_SAE, 6),
    }  # fmt: skip
    projected = (x - bias) @ gated["encoder.weight"].T
    opened = (projected + gated["gate_bias"] > 0).float()
    magnitude = (gated["r_mag"].exp() * projected + gated["mag_bias"]).clamp_min(0)
    matrices = matrix_state()
    jumping = matrices | {"threshold": vector(D_SAE, 7)}
    jumped = jump(x @ matrices["W_enc"] + matrices["b_enc"], jumping["threshold"])
    nested = matrices | k | {"group_sizes": torch.tensor(SIZES)}
    kept = jump((x - matrices["b_dec"]) @ matrices["W_enc"] + matrices["b_enc"], k["threshold"])
    return {
        "AutoEncoder": (linear | {"bias": bias}, *both(linear, pre(linear, bias).relu(), bias)),
        "AutoEncoderNew": (new, *both(new, pre(new, zero).relu(), bias)),
        "GatedAutoEncoder": (gated, *both(gated, opened * magnitude, bias)),
        "AutoEncoderTopK": (
            selecting, *both(selecting, top_k(pre(selecting, bias).clamp_min(0)), bias)
        ),
        "BatchTopKSAE": (
            selecting, *both(selecting, jump(pre(selecting, bias), k["threshold"]), bias)
        ),
        "MatryoshkaBatchTopKSAE": (
            nested, kept, kept @ matrices["W_dec"] + matrices["b_dec"]
        ),
        "JumpReluAutoEncoder": (
            jumping, jumped, jumped @ matrices["W_dec"] + matrices["b_dec"]
        ),
    }  # fmt: skip


STATES = states()


def save(folder, name, state, **trainer):
    folder.mkdir(exist_ok=True)
    torch.save(state, folder / "ae.pt")
    config = {"trainer": {"dict_class": name, "lm_name": "esm2", "layer": 3} | trainer}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("name", STATES)
def test_features_and_reconstructions_are_the_package_s(tmp_path, name):
    state, features, reconstruction = STATES[name]
    found = read(save(tmp_path, name, state))
    assert_same(found.sae, features, reconstruction)
    assert found.trained_on["lm_name"] == "esm2"
    # Which end the package counts layers from is not for us to say.
    assert "layer" not in found.trained_on


def test_a_loose_decoder_is_brought_to_unit_norm_as_the_package_does(tmp_path):
    state = linear_state(unit_decoder=False) | {"bias": vector(D_IN, seed=2)}
    norms = state["decoder.weight"].norm(dim=0)
    raw = (residues() - state["bias"]) @ state["encoder.weight"].T + state["encoder.bias"]
    reconstruction = raw.clamp_min(0) @ state["decoder.weight"].T + state["bias"]
    found = read(save(tmp_path, "AutoEncoder", state)).sae
    assert_same(found, raw.clamp_min(0) * norms, reconstruction)


def test_groups_are_kept(tmp_path):
    found = read(save(tmp_path, "MatryoshkaBatchTopKSAE", STATES["MatryoshkaBatchTopKSAE"][0]))
    assert found.sae.group_ends == [2, 8, 16]


def test_an_old_topk_file_takes_k_from_the_config(tmp_path):
    state, features, reconstruction = STATES["AutoEncoderTopK"]
    old = {name: value for name, value in state.items() if name not in ("k", "threshold")}
    found = read(save(tmp_path, "AutoEncoderTopK", old, k=K)).sae
    assert_same(found, features, reconstruction)
    with pytest.raises(BrokenArtifact, match=r"says k: add it to the config as trainer.k"):
        read(save(tmp_path, "AutoEncoderTopK", old))


def test_an_unlearnt_threshold_lets_everything_positive_fire(tmp_path):
    state = STATES["BatchTopKSAE"][0] | {"threshold": torch.tensor(-1.0)}
    raw = (residues() - state["b_dec"]) @ state["encoder.weight"].T + state["encoder.bias"]
    reconstruction = raw.clamp_min(0) @ state["decoder.weight"].T + state["b_dec"]
    found = read(save(tmp_path, "BatchTopKSAE", state)).sae
    assert_same(found, raw.clamp_min(0), reconstruction)


@pytest.mark.parametrize("name", ["CrossCoder", "IdentityDict"])
def test_other_classes_are_refused(tmp_path, name):
    with pytest.raises(
        UserError, match=rf"holds a {name} of .*; those that can be loaded are Auto"
    ):
        read(save(tmp_path, name, {}))


def test_a_folder_without_weights_says_which(tmp_path):
    folder = save(tmp_path, "AutoEncoder", {})
    (folder / "ae.pt").unlink()
    with pytest.raises(MissingArtifact, match=r"ae.pt does not exist: give the folder that holds"):
        read(folder)


@pytest.mark.parametrize("name", ["3b-l36-matry-k-3-step-300k.ckpt", "my_sae"])
def test_a_matryoshka_state_alone_needs_no_config(tmp_path, name):
    """As Reticular publish theirs; the class's own `from_pretrained` reads such a file."""
    state, features, reconstruction = STATES["MatryoshkaBatchTopKSAE"]
    torch.save(state, tmp_path / name)
    found = read(tmp_path / name)
    assert_same(found.sae, features, reconstruction)
    assert found.sae.architecture == "matryoshka"
    known = found.trained_on.get("plm"), found.trained_on.get("layer")
    assert known == (("esm2_3b", 36) if name.startswith("3b") else (None, None))
    assert ("input_scale" in found.trained_on.get("note", "")) == name.startswith("3b")


def test_activations_can_be_divided_by_a_number_first(tmp_path):
    """Trained on scaled activations, whose factor is not stored: scale_biases folds it in."""
    state, features, reconstruction = STATES["MatryoshkaBatchTopKSAE"]
    torch.save(state, tmp_path / "sae.ckpt")
    found = read(tmp_path / "sae.ckpt", input_scale=2.5).sae
    assert_same(found, features, 2.5 * reconstruction, 2.5 * residues())
    for wrong in (0, -1.0, float("nan"), float("inf")):
        with pytest.raises(UserError, match=r"input_scale=.* is no number above 0"):
            read(tmp_path / "sae.ckpt", input_scale=wrong)


def test_the_output_of_a_block_is_the_layer_after_it(tmp_path):
    state, *_ = STATES["AutoEncoderTopK"]
    place = {"lm_name": "facebook/esm2_t6_8M_UR50D", "layer": 3}
    folder = save(tmp_path, "AutoEncoderTopK", state, **place, submodule_name="resid_post_layer_3")
    trained_on = read(folder).trained_on
    assert (trained_on["plm"], trained_on["layer"], trained_on["lm_layer"]) == ("esm2_8m", 4, 3)
    unplaced = read(save(tmp_path, "AutoEncoderTopK", state, **place)).trained_on
    assert "layer" not in unplaced


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"group_sizes": torch.tensor([2, 6])},
            r"group_sizes \[2.0, 6.0\] do not add up to its 16",
        ),
        ({"k": torch.tensor([3, 4])}, r"ae.pt says k=.*, which must be a whole number: download"),
        ({"k": torch.tensor(17)}, r"ae.pt makes no SAE \(sae.k must be in 1..d_sae=16, got 17"),
        ({"W_dec": torch.zeros(6, 16)}, r"W_dec has the shape \[6, 16\], not \[16, 6\]"),
        ({"threshold": torch.zeros(2)}, r"threshold has the shape \[2\], not \[\]"),
    ],
)
def test_tensors_that_do_not_fit_are_named(tmp_path, change, message):
    state = STATES["MatryoshkaBatchTopKSAE"][0] | change
    with pytest.raises(BrokenArtifact, match=message):
        read(save(tmp_path, "MatryoshkaBatchTopKSAE", state))


@pytest.mark.parametrize("name", STATES)
def test_a_missing_tensor_is_named(tmp_path, name):
    state = dict(STATES[name][0])
    missing = next(key for key in reversed(state) if key not in ("k", "threshold"))
    del state[missing]
    with pytest.raises(BrokenArtifact, match=rf"ae.pt lacks {missing}, so it is not an? {name}"):
        read(save(tmp_path, name, state))


@pytest.mark.parametrize("name", STATES)
def test_the_package_itself_computes_the_same(tmp_path, name):
    utils = pytest.importorskip("dictionary_learning.utils")
    folder = save(tmp_path, name, STATES[name][0], k=K)
    theirs, _ = utils.load_dictionary(str(folder), device="cpu")
    ours = read(folder).sae
    with torch.no_grad():
        difference = (theirs.encode(residues()) - ours.encode(residues())).abs().max()
    assert difference < TOLERANCE
