import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.interchange.foreign import (
    D_IN,
    D_SAE,
    TOLERANCE,
    K,
    assert_same,
    jump,
    matrix_state,
    residues,
    top_k,
    vector,
)  # fmt: skip
from tests.sae.architectures import SHIPPED, fitted
from tests.sae.architectures import residues as typical_residues

from interplm.errors import BrokenArtifact, UserError
from interplm.interchange import read, save_sae_lens
from interplm.sae import NormalizedSAE

KINDS = {
    "relu": "standard", "relu_squared": "standard", "relu_decoder_norm": "standard",
    "p_anneal": "standard", "gated": "gated", "topk": "topk", "jumprelu": "jumprelu",
    "batchtopk": "jumprelu", "matryoshka": "jumprelu",
}  # fmt: skip


TRANSCODERS = ["transcoder", "skip_transcoder", "jumprelu_transcoder", "jumprelu_skip_transcoder"]
D_OUT = 5


def state_of(kind):
    state = matrix_state(unit_decoder=False)
    if kind.startswith("jumprelu"):
        state["threshold"] = vector(D_SAE, 4)
    if kind == "gated":
        del state["b_enc"]
        names = ("b_gate", "b_mag", "r_mag")
        state |= {name: vector(D_SAE, seed) for seed, name in enumerate(names)}
    if "transcoder" in kind:
        state |= {"W_dec": vector(D_SAE * D_OUT, 8).view(D_SAE, D_OUT), "b_dec": vector(D_OUT, 9)}
    if "skip" in kind:
        state["W_skip"] = vector(D_OUT * D_IN, 10).view(D_OUT, D_IN)
    return state


def normalized(kind, x):
    """`run_time_activation_norm_fn_in`, and what `..._out` multiplies by and adds."""
    if kind == "layer_norm":
        mean = x.mean(dim=1, keepdim=True)
        deviation = (x - mean).std(dim=1, keepdim=True)
        return (x - mean) / (deviation + 1e-5), deviation, mean
    if kind == "constant_norm_rescale":
        factor = D_IN**0.5 / x.norm(dim=1, keepdim=True)
        return x * factor, 1 / factor, 0
    return x, 1, 0


def forward(config, state, x):
    """SAELens's formulas: `encode` and `decode` of each class in saes/, version 6."""
    x, scale, shift = normalized(config["normalize_activations"], x)
    centred = x - state["b_dec"] * config["apply_b_dec_to_input"]
    norms = state["W_dec"].norm(dim=1) if config.get("rescale_acts_by_decoder_norm") else 1
    if config["architecture"] == "gated":
        opened = (centred @ state["W_enc"] + state["b_gate"] > 0).float()
        magnitude = centred @ (state["W_enc"] * state["r_mag"].exp()) + state["b_mag"]
        features = opened * magnitude.clamp_min(0)
    else:
        features = (centred @ state["W_enc"] + state["b_enc"]) * norms
        activate = {
            "standard": lambda a: a.clamp_min(0),
            "topk": lambda a: top_k(a, config.get("k")).clamp_min(0),
            "abstopk": lambda a: torch.where(top_k(a.abs(), config.get("k")) != 0, a, 0.0),
            "jumprelu": lambda a: jump(a, state["threshold"]),
        }
        features = activate[config["architecture"]](features)
    return features, (features / norms @ state["W_dec"] + state["b_dec"]) * scale + shift


def config_of(kind, **changes):
    config = {
        "d_in": D_IN, "d_sae": D_SAE, "dtype": "float32", "device": "cpu",
        "apply_b_dec_to_input": True, "normalize_activations": "none",
        "reshape_activations": "none", "architecture": kind,
        "metadata": {"sae_lens_version": "6.18.0", "model_name": "esm2", "hook_name": "layers.3"},
    }  # fmt: skip
    if kind in ("topk", "abstopk"):
        config |= {"k": K, "rescale_acts_by_decoder_norm": False}
    if "transcoder" in kind:
        config |= {"d_out": D_OUT, "apply_b_dec_to_input": False}
    return config | changes


def save(folder, config, state):
    save_file(state, folder / "sae_weights.safetensors")
    (folder / "cfg.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("normalization", ["none", "layer_norm", "constant_norm_rescale"])
@pytest.mark.parametrize("reads_centred", [True, False])
@pytest.mark.parametrize("kind", ["standard", "gated", "topk", "jumprelu"])
def test_features_and_reconstructions_are_sae_lens_s(tmp_path, kind, reads_centred, normalization):
    state = state_of(kind)
    config = config_of(
        kind, apply_b_dec_to_input=reads_centred, normalize_activations=normalization
    )
    found = read(save(tmp_path, config, state))
    assert_same(found.sae, *forward(config, state, residues()))
    assert found.trained_on["hook_name"] == "layers.3"


@pytest.mark.parametrize("rescales", [False, True])
def test_the_largest_of_either_sign_are_two_features(tmp_path, rescales):
    state = state_of("abstopk")
    config = config_of("abstopk", rescale_acts_by_decoder_norm=rescales)
    features, reconstruction = forward(config, state, residues())
    assert (features < 0).any()
    both = torch.cat([features.clamp_min(0), (-features).clamp_min(0)], dim=1)
    assert_same(read(save(tmp_path, config, state)).sae, both, reconstruction)


@pytest.mark.parametrize("normalization", ["none", "layer_norm"])
@pytest.mark.parametrize("kind", TRANSCODERS)
def test_a_transcoder_s_features_and_predictions_are_sae_lens_s(tmp_path, kind, normalization):
    state, x = state_of(kind), residues()
    config = config_of(kind, normalize_activations=normalization)
    found = read(save(tmp_path, config, state)).sae
    features = normalized(normalization, x)[0] @ state["W_enc"] + state["b_enc"]
    features = jump(features, state.get("threshold", torch.zeros(D_SAE)))
    skip = x @ state["W_skip"].T if "skip" in kind else 0
    with torch.no_grad():
        torch.testing.assert_close(found.encode(x), features, atol=TOLERANCE, rtol=TOLERANCE)
        predicted = features @ state["W_dec"] + state["b_dec"] + skip
        torch.testing.assert_close(found.predict(x), predicted, atol=1e-5, rtol=1e-5)


def test_the_hook_says_which_layer_is_read(tmp_path):
    """Blocks are counted from 0 there; the output of block 3 is our layer 4."""
    hooks = {
        "layers.3": 4, "esm.encoder.layer.3": 4, "blocks.3.hook_resid_post": 4,
        "blocks.3.hook_resid_pre": 3, "blocks.0.hook_resid_pre": 0, "hook_embed": 0,
    }  # fmt: skip
    for hook, layer in hooks.items():
        metadata = {"model_name": "facebook/esm2_t6_8M_UR50D", "hook_name": hook}
        config = config_of("standard", metadata=metadata)
        trained_on = read(save(tmp_path, config, state_of("standard"))).trained_on
        assert (trained_on["plm"], trained_on["layer"]) == ("esm2_8m", layer)
    metadata = {"model_name": "mine", "hook_name": "blocks.3.mlp.hook_post"}
    found = read(save(tmp_path, config_of("standard", metadata=metadata), state_of("standard")))
    assert "layer" not in found.trained_on
    assert found.trained_on["reads"] == "the state of the hook blocks.3.mlp.hook_post"


@pytest.mark.parametrize("kind", ["standard", "gated", "topk", "jumprelu"])
def test_activations_multiplied_by_a_number_beside_a_checkpoint(tmp_path, kind):
    state, config = state_of(kind), config_of(kind)
    scaled = config | {"normalize_activations": "expected_average_only_in"}
    features, reconstruction = forward(config, state, 0.25 * residues())
    save(tmp_path, scaled, state)
    assert_same(read(tmp_path, input_scale=4.0).sae, features, 4 * reconstruction)
    (tmp_path / "activation_scaler.json").write_text('{"scaling_factor": 0.25}')
    assert_same(read(tmp_path).sae, features, 4 * reconstruction)


@pytest.mark.parametrize("reads_centred", [True, False])
@pytest.mark.parametrize("kind", ["standard", "gated", "topk", "jumprelu"])
def test_a_whitening_beside_a_checkpoint_goes_into_the_weights(tmp_path, kind, reads_centred):
    state, x = state_of(kind), residues()
    config = config_of(kind, apply_b_dec_to_input=reads_centred)
    if kind == "topk":
        config["rescale_acts_by_decoder_norm"] = True
    mean, matrix = vector(D_IN, 20).double(), torch.eye(D_IN).double()
    matrix += 0.3 * vector(D_IN * D_IN, 21).view(D_IN, D_IN).double()
    whitening = {"mean": mean, "matrix": matrix, "inverse_matrix": matrix.inverse().contiguous()}
    features, whitened = forward(config, state, ((x.double() - mean) @ matrix).float())
    save(tmp_path, config | {"normalize_activations": "covariance_whitening"}, state)
    with pytest.raises(UserError, match=r"without activation_whitening.safetensors, .*: copy it"):
        read(tmp_path)
    save_file(whitening, tmp_path / "activation_whitening.safetensors")
    found = read(tmp_path).sae
    with torch.no_grad():
        torch.testing.assert_close(found.encode(x), features, atol=1e-5, rtol=1e-5)
        expected = (whitened.double() @ whitening["inverse_matrix"] + mean).float()
        torch.testing.assert_close(found(x).reconstruction, expected, atol=2e-5, rtol=1e-5)


def test_topk_with_activations_scaled_by_decoder_norms(tmp_path):
    config, state = config_of("topk", rescale_acts_by_decoder_norm=True), state_of("topk")
    found = read(save(tmp_path, config, state)).sae
    assert_same(found, *forward(config, state, residues()))


def test_a_config_of_before_version_6(tmp_path):
    state = state_of("topk")
    old = {
        "d_in": D_IN, "d_sae": D_SAE, "dtype": "torch.float32", "hook_name": "layers.3",
        "activation_fn_str": "topk", "activation_fn_kwargs": {"k": K},
        "normalize_activations": False,
    }  # fmt: skip
    found = read(save(tmp_path, old, state | {"scaling_factor": torch.ones(D_SAE)})).sae
    assert_same(found, *forward(config_of("topk"), state, residues()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"normalize_activations": "expected_average_only_in"},
            "=expected_average_only_in: .* Give its inverse, input_scale=<mean norm",
        ),
        ({"normalize_activations": True}, "normalize_activations=expected_average_only_in"),
        ({"normalize_activations": "batch_norm"}, "=batch_norm, which SAELens 6 does not know"),
        ({"reshape_activations": "hook_z"}, "has reshape_activations=hook_z: it reads"),
        ({"architecture": "batchtopk"}, "architecture batchtopk, .* load what SAELens saved for"),
        ({"architecture": "temporal"}, "temporal, which cannot be read: .* on the residues before"),
        ({"architecture": "matching_pursuit"}, "matching_pursuit, which .*: .* one after another"),
        ({"activation_fn": "tanh-relu"}, "tanh-relu, which cannot be read: no architecture here"),
    ],
)
def test_what_no_sae_here_computes_is_refused(tmp_path, change, message):
    folder = save(tmp_path, config_of("standard", **change), state_of("standard"))
    with pytest.raises(UserError, match=message):
        read(folder)


def test_fine_tuned_scaling_is_refused(tmp_path):
    state = state_of("standard") | {"scaling_factor": torch.full((D_SAE,), 2.0)}
    with pytest.raises(UserError, match=r"has a fine-tuned scaling_factor, .*: multiply W_dec"):
        read(save(tmp_path, config_of("standard"), state))


def test_damaged_files_are_named(tmp_path):
    state = state_of("jumprelu")
    del state["threshold"]
    folder = save(tmp_path, config_of("jumprelu"), state)
    with pytest.raises(
        BrokenArtifact, match=r"lacks threshold, so it is not a jumprelu SAE of SAE"
    ):
        read(folder)
    save(tmp_path, config_of("topk", k=None), state_of("topk"))
    with pytest.raises(UserError, match=r"cfg.json does not store how many features .*: give k=<"):
        read(folder)
    assert read(folder, k=2).sae.k == 2
    save(tmp_path, config_of("topk", k=2.5), state_of("topk"))
    with pytest.raises(BrokenArtifact, match=r"cfg.json says k=2.5, which must be a whole number"):
        read(folder)
    save(tmp_path, config_of("topk", k=99), state_of("topk"))
    with pytest.raises(BrokenArtifact, match=r"makes no SAE \(sae.k must be in 1..d_sae=16"):
        read(folder)
    save(tmp_path, config_of("topk", metadata=["esm2"]), state_of("topk"))
    with pytest.raises(BrokenArtifact, match=r"cfg.json holds no settings under metadata: copy"):
        read(folder)
    save(tmp_path, config_of("standard"), state_of("standard") | {"W_dec": torch.zeros(6)})
    with pytest.raises(
        BrokenArtifact, match=r"does not fit: W_dec has the shape \[6\], not \[16, 6"
    ):
        read(folder)
    weights = folder / "sae_weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(BrokenArtifact, match=r"sae_weights.safetensors is damaged"):
        read(folder)


def exported(sae, folder):
    save_sae_lens(sae, folder, trained_on={"plm": "esm2_demo", "layer": 3})
    return json.loads((folder / "cfg.json").read_text()), load_file(
        folder / "sae_weights.safetensors"
    )


THEIRS = [name for name in SHIPPED if name in KINDS]


@pytest.mark.parametrize("name", [*THEIRS, *[f"{name}, standardised" for name in THEIRS]])
def test_an_export_means_the_same_in_sae_lens(tmp_path, name):
    sae, x = fitted(name).eval(), typical_residues(100)
    before = {key: value.clone() for key, value in sae.state_dict().items()}
    config, state = exported(sae, tmp_path)
    assert config["architecture"] == KINDS[name.partition(", ")[0]]
    features, reconstruction = forward(config, state, x)
    assert_same(sae, features, reconstruction, x)
    assert all(torch.equal(before[key], value) for key, value in sae.state_dict().items())


@pytest.mark.parametrize("name", [*THEIRS, "topk, standardised"])
def test_an_export_can_be_read_back(tmp_path, name):
    sae, x = fitted(name).eval(), typical_residues(100)
    exported(sae, tmp_path)
    found = read(tmp_path)
    with torch.no_grad():
        assert_same(found.sae, sae.encode(x), sae(x).reconstruction, x)
    assert (found.trained_on["plm"], found.trained_on["layer"]) == ("esm2_demo", 3)
    assert found.trained_on["training_settings"].startswith("placeholders")


@pytest.mark.parametrize("name", [name for name in THEIRS if name != "topk"])
def test_fractions_of_maxima_are_folded_in(tmp_path, name):
    x = typical_residues(100)
    sae = NormalizedSAE(fitted(name).eval(), vector(D_SAE, 5, positive=True))
    with torch.no_grad():
        features, reconstruction = sae.encode(x), sae(x).reconstruction
    exported(sae, tmp_path)
    assert_same(read(tmp_path).sae, features, reconstruction, x)


def test_fractions_of_maxima_of_a_topk_sae_are_refused(tmp_path):
    sae = NormalizedSAE(fitted("topk").eval(), vector(D_SAE, 5, positive=True))
    with pytest.raises(UserError, match=r"no topk SAE whose features are fractions .*: export the"):
        exported(sae, tmp_path)


def test_another_architecture_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"no architecture that computes a groupmax SAE: use the"):
        exported(fitted("groupmax"), tmp_path)


def test_a_length_that_stays_is_exported_about_the_origin_alone(tmp_path):
    sae, x = fitted("topk, one length").eval(), typical_residues(100)
    with pytest.raises(UserError, match=r"no residue normalisation with .*: use the export in"):
        exported(sae, tmp_path)
    sae.input_transform.centre.zero_()
    config, state = exported(sae, tmp_path)
    assert config["normalize_activations"] == "constant_norm_rescale"
    assert_same(sae, *forward(config, state, x), x)
    for name in ("topk, standardised for good", "topk, one length for good"):
        with pytest.raises(UserError, match=r"of what an SAE reads: use the export"):
            exported(fitted(name), tmp_path)


@pytest.mark.parametrize("name", [*THEIRS, "topk, standardised"])
def test_sae_lens_itself_reads_an_export(tmp_path, name):
    sae_lens = pytest.importorskip("sae_lens")
    sae, x = fitted(name).eval(), typical_residues(100)
    exported(sae, tmp_path)
    theirs = sae_lens.SAE.load_from_disk(str(tmp_path))
    with torch.no_grad():
        assert (theirs.encode(x) - sae.encode(x)).abs().max() < TOLERANCE
        assert (theirs(x) - sae(x).reconstruction).abs().max() < 5 * TOLERANCE


@pytest.mark.parametrize("kind", ["standard", "gated", "topk", "jumprelu"])
def test_what_sae_lens_itself_saves_is_read(tmp_path, kind):
    sae_lens = pytest.importorskip("sae_lens")
    sae = sae_lens.SAE.from_dict(config_of(kind))
    sae.load_state_dict(state_of(kind), strict=False)
    sae.save_model(str(tmp_path))
    with torch.no_grad():
        assert_same(read(tmp_path).sae, sae.encode(residues()), sae(residues()))
