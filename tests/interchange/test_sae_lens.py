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
from interplm.interchange import load_sae_lens, save_sae_lens
from interplm.sae import NormalizedSAE

KINDS = {
    "relu": "standard", "relu_squared": "standard", "relu_decoder_norm": "standard",
    "p_anneal": "standard", "gated": "gated", "topk": "topk", "jumprelu": "jumprelu",
    "batchtopk": "jumprelu", "matryoshka": "jumprelu",
}  # fmt: skip


def state_of(kind):
    state = matrix_state(unit_decoder=False)
    if kind == "jumprelu":
        state["threshold"] = vector(D_SAE, 4)
    if kind == "gated":
        del state["b_enc"]
        names = ("b_gate", "b_mag", "r_mag")
        state |= {name: vector(D_SAE, seed) for seed, name in enumerate(names)}
    return state


def forward(config, state, x):
    """SAELens's formulas: `encode` and `decode` of each class in saes/, version 6."""
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
            "topk": lambda a: top_k(a, config["k"]).clamp_min(0),
            "jumprelu": lambda a: jump(a, state["threshold"]),
        }
        features = activate[config["architecture"]](features)
    return features, features / norms @ state["W_dec"] + state["b_dec"]


def config_of(kind, **changes):
    config = {
        "d_in": D_IN, "d_sae": D_SAE, "dtype": "float32", "device": "cpu",
        "apply_b_dec_to_input": True, "normalize_activations": "none",
        "reshape_activations": "none", "architecture": kind,
        "metadata": {"sae_lens_version": "6.18.0", "model_name": "esm2", "hook_name": "layers.3"},
    }  # fmt: skip
    if kind == "topk":
        config |= {"k": K, "rescale_acts_by_decoder_norm": False}
    return config | changes


def save(folder, config, state):
    save_file(state, folder / "sae_weights.safetensors")
    (folder / "cfg.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("reads_centred", [True, False])
@pytest.mark.parametrize("kind", ["standard", "gated", "topk", "jumprelu"])
def test_features_and_reconstructions_are_sae_lens_s(tmp_path, kind, reads_centred):
    config, state = config_of(kind, apply_b_dec_to_input=reads_centred), state_of(kind)
    found = load_sae_lens(save(tmp_path, config, state))
    assert_same(found.sae, *forward(config, state, residues()))
    assert found.trained_on["hook_name"] == "layers.3"


def test_topk_with_activations_scaled_by_decoder_norms(tmp_path):
    config, state = config_of("topk", rescale_acts_by_decoder_norm=True), state_of("topk")
    found = load_sae_lens(save(tmp_path, config, state)).sae
    assert_same(found, *forward(config, state, residues()))


def test_a_config_of_before_version_6(tmp_path):
    state = state_of("topk")
    old = {
        "d_in": D_IN, "d_sae": D_SAE, "dtype": "torch.float32", "hook_name": "layers.3",
        "activation_fn_str": "topk", "activation_fn_kwargs": {"k": K},
        "normalize_activations": False,
    }  # fmt: skip
    found = load_sae_lens(save(tmp_path, old, state | {"scaling_factor": torch.ones(D_SAE)})).sae
    assert_same(found, *forward(config_of("topk"), state, residues()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"normalize_activations": "layer_norm"}, "has normalize_activations=layer_norm: every"),
        ({"normalize_activations": "constant_norm_rescale"}, "=constant_norm_rescale: every"),
        (
            {"normalize_activations": "expected_average_only_in"},
            "=expected_average_only_in: .*fold it in",
        ),
        ({"normalize_activations": True}, "normalize_activations=expected_average_only_in"),
        ({"reshape_activations": "hook_z"}, "has reshape_activations=hook_z: it reads"),
        ({"architecture": "batchtopk"}, "architecture batchtopk, .* load what SAELens saved for"),
        ({"architecture": "transcoder"}, "architecture transcoder, which none here computes;"),
        ({"activation_fn": "tanh-relu"}, "architecture tanh-relu, which none here computes;"),
    ],
)
def test_what_no_sae_here_computes_is_refused(tmp_path, change, message):
    folder = save(tmp_path, config_of("standard", **change), state_of("standard"))
    with pytest.raises(UserError, match=message):
        load_sae_lens(folder)


def test_fine_tuned_scaling_is_refused(tmp_path):
    state = state_of("standard") | {"scaling_factor": torch.full((D_SAE,), 2.0)}
    with pytest.raises(UserError, match=r"has a fine-tuned scaling_factor, .*: multiply W_dec"):
        load_sae_lens(save(tmp_path, config_of("standard"), state))


def test_damaged_files_are_named(tmp_path):
    state = state_of("jumprelu")
    del state["threshold"]
    folder = save(tmp_path, config_of("jumprelu"), state)
    with pytest.raises(
        BrokenArtifact, match=r"lacks threshold, so it is not a jumprelu SAE of SAE"
    ):
        load_sae_lens(folder)
    save(tmp_path, config_of("topk", k=None), state_of("topk"))
    with pytest.raises(BrokenArtifact, match=r"cfg.json says k=None, which must be a whole number"):
        load_sae_lens(folder)
    save(tmp_path, config_of("topk", k=99), state_of("topk"))
    with pytest.raises(BrokenArtifact, match=r"makes no SAE \(sae.k must be in 1..d_sae=16"):
        load_sae_lens(folder)
    save(tmp_path, config_of("topk", metadata=["esm2"]), state_of("topk"))
    with pytest.raises(BrokenArtifact, match=r"cfg.json holds no settings under metadata: copy"):
        load_sae_lens(folder)
    save(tmp_path, config_of("standard"), state_of("standard") | {"W_dec": torch.zeros(6)})
    with pytest.raises(
        BrokenArtifact, match=r"does not fit: W_dec has the shape \[6\], not \[16, 6"
    ):
        load_sae_lens(folder)
    weights = folder / "sae_weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(BrokenArtifact, match=r"sae_weights.safetensors is damaged"):
        load_sae_lens(folder)


def exported(sae, folder):
    save_sae_lens(sae, folder, trained_on={"plm": "esm2_demo", "layer": 3})
    return json.loads((folder / "cfg.json").read_text()), load_file(
        folder / "sae_weights.safetensors"
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_an_export_means_the_same_in_sae_lens(tmp_path, name):
    sae, x = fitted(name).eval(), typical_residues(100)
    before = {key: value.clone() for key, value in sae.state_dict().items()}
    config, state = exported(sae, tmp_path)
    assert config["architecture"] == KINDS[name]
    features, reconstruction = forward(config, state, x)
    assert_same(sae, features, reconstruction, x)
    assert all(torch.equal(before[key], value) for key, value in sae.state_dict().items())


@pytest.mark.parametrize("name", SHIPPED)
def test_an_export_can_be_read_back(tmp_path, name):
    sae, x = fitted(name).eval(), typical_residues(100)
    exported(sae, tmp_path)
    found = load_sae_lens(tmp_path)
    with torch.no_grad():
        assert_same(found.sae, sae.encode(x), sae(x).reconstruction, x)
    assert (found.trained_on["plm"], found.trained_on["layer"]) == ("esm2_demo", 3)
    assert found.trained_on["training_settings"].startswith("placeholders")


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "topk"])
def test_fractions_of_maxima_are_folded_in(tmp_path, name):
    x = typical_residues(100)
    sae = NormalizedSAE(fitted(name).eval(), vector(D_SAE, 5, positive=True))
    with torch.no_grad():
        features, reconstruction = sae.encode(x), sae(x).reconstruction
    exported(sae, tmp_path)
    assert_same(load_sae_lens(tmp_path).sae, features, reconstruction, x)


def test_fractions_of_maxima_of_a_topk_sae_are_refused(tmp_path):
    sae = NormalizedSAE(fitted("topk").eval(), vector(D_SAE, 5, positive=True))
    with pytest.raises(UserError, match=r"no topk SAE whose features are fractions .*: export the"):
        exported(sae, tmp_path)


def test_another_architecture_is_refused(tmp_path):
    sae = fitted("relu")
    sae.architecture = "of_a_plugin"
    with pytest.raises(UserError, match=r"no architecture that computes a of_a_plugin SAE: use"):
        exported(sae, tmp_path)


@pytest.mark.parametrize("name", SHIPPED)
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
        assert_same(load_sae_lens(tmp_path).sae, sae.encode(residues()), sae(residues()))
