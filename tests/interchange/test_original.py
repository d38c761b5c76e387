import json

import pytest
import torch
import yaml
from tests.interchange.foreign import (
    D_IN,
    D_SAE,
    K,
    assert_same,
    jump,
    linear_state,
    residues,
    top_k,
    vector,
)  # fmt: skip

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.interchange import read
from interplm.sae import NormalizedSAE


def relu_state():
    return linear_state() | {"bias": vector(D_IN, seed=2)}


def version_1(state):
    """What version 1.0 writes besides."""
    return state | {
        "activation_rescale_factor": torch.ones(D_SAE), "normalize_to_sqrt_d": torch.tensor(False)
    }  # fmt: skip


def selecting_state(threshold):
    return version_1(linear_state()) | {
        "b_dec": vector(D_IN, seed=2), "k": torch.tensor(K, dtype=torch.int),
        "threshold": torch.tensor(threshold),
    }  # fmt: skip


def save(folder, state, name="ae.pt", **trainer):
    folder.mkdir(exist_ok=True)
    torch.save(state, folder / name)
    if trainer:
        config = {"dataloader_cfg": {"batch_size": 8}, "trainer_cfg": trainer}
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder / name


def pre_activations(state, bias):
    return (residues() - bias) @ state["encoder.weight"].T + state["encoder.bias"]


def decoded(state, features, bias):
    return features @ state["decoder.weight"].T + bias


def relu_forward(state):
    features = pre_activations(state, state["bias"]).clamp_min(0)
    return features, decoded(state, features, state["bias"])


@pytest.mark.parametrize("release", [dict, version_1])
def test_a_relu_sae_of_either_release(tmp_path, release):
    state = relu_state()
    found = read(save(tmp_path, release(state)))
    assert_same(found.sae, *relu_forward(state))
    assert found.sae.architecture == "relu"
    assert found.trained_on["converted_from"] == "original InterPLM"


def normalized_by_first_release(state, maxima):
    return state | {
        "encoder.weight": state["encoder.weight"] / maxima[:, None],
        "encoder.bias": state["encoder.bias"] / maxima,
        "decoder.weight": state["decoder.weight"] * maxima,
    }


def test_the_first_release_folds_maxima_into_the_weights(tmp_path):
    state, maxima = relu_state(), vector(D_SAE, seed=5, positive=True)
    path = save(tmp_path, normalized_by_first_release(state, maxima), "ae_normalized.pt")
    found = read(path).sae
    features, reconstruction = relu_forward(state)
    assert_same(found, features / maxima, reconstruction)
    # Training it further must not bring the rows to unit norm.
    assert not found.has_unit_decoder


def test_features_that_the_first_release_divided_by_zero_are_silent(tmp_path):
    state, maxima = relu_state(), vector(D_SAE, seed=5, positive=True)
    maxima[[2, 9]] = 0
    state["encoder.bias"][2] = 0  # 0 / 0, where the other is infinite
    path = save(tmp_path, normalized_by_first_release(state, maxima), "ae_normalized.pt")
    features = relu_forward(state)[0] / maxima
    features[:, [2, 9]] = 0
    rest = features * maxima
    assert_same(read(path).sae, features, decoded(state, rest, state["bias"]))


def test_version_1_keeps_maxima_beside_the_weights(tmp_path):
    state, maxima = relu_state(), vector(D_SAE, seed=5, positive=True)
    maxima[4] = 0  # never fired where the maxima were taken
    saved = version_1(state) | {"activation_rescale_factor": maxima}
    found = read(save(tmp_path, saved, "ae_normalized.pt")).sae
    assert isinstance(found, NormalizedSAE)
    features, reconstruction = relu_forward(state)
    assert_same(found, features / torch.where(maxima > 0, maxima, 1), reconstruction)


def test_a_topk_sae(tmp_path):
    state = selecting_state(-1.0)
    path = save(tmp_path, state, trainer_name="TopKTrainer", auxk_alpha=1 / 32, k=K)
    features = top_k(pre_activations(state, state["b_dec"]).clamp_min(0))
    found = read(path).sae
    assert_same(found, features, decoded(state, features, state["b_dec"]))
    assert found.k == K


@pytest.mark.parametrize("threshold", [0.7, -1.0])
def test_a_batchtopk_sae(tmp_path, threshold):
    state = selecting_state(threshold)
    path = save(tmp_path, state, dead_feature_threshold=10_000_000, auxk_alpha=1 / 32, k=K)
    features = jump(pre_activations(state, state["b_dec"]), torch.tensor(threshold))
    assert_same(read(path).sae, features, decoded(state, features, state["b_dec"]))


def test_a_config_written_as_python_objects_is_read_without_making_them(tmp_path):
    path = save(tmp_path, selecting_state(0.7))
    (tmp_path / "config.yaml").write_text(
        "!!python/object:interplm.train.configs.TrainingRunConfig\n"
        "trainer_cfg: !!python/object:interplm.train.trainers.top_k.TopKTrainerConfig\n"
        "  trainer_name: TopKTrainer\n  betas: !!python/tuple [0.9, 0.999]\n"
        "checkpoint_cfg: !!python/object/apply:os.system [touch made]\n"
    )
    assert read(path).sae.architecture == "topk"


def test_a_jumprelu_sae(tmp_path):
    state = version_1(linear_state()) | {
        "decoder.bias": vector(D_IN, seed=2), "threshold": vector(D_SAE, seed=4)
    }  # fmt: skip
    features = jump(pre_activations(state, torch.zeros(D_IN)), state["threshold"])
    found = read(save(tmp_path, state)).sae
    assert_same(found, features, decoded(state, features, state["decoder.bias"]))


def test_a_tied_relu_sae(tmp_path):
    state = version_1(linear_state(unit_decoder=False)) | {"decoder.bias": vector(D_IN, seed=2)}
    features = pre_activations(state, torch.zeros(D_IN)).clamp_min(0)
    found = read(save(tmp_path, state)).sae
    assert_same(found, features, decoded(state, features, state["decoder.bias"]))


@pytest.mark.parametrize(
    ("raw", "default"), [("ae.pt", "raw"), ("ae_unnormalized.pt", "normalized")]
)
def test_of_a_folder_with_both_files_that_of_the_toolkit_s_own_loader_is_taken(
    tmp_path, raw, default
):
    """It takes `ae.pt` of a run, and the normalised file of what is published."""
    state, maxima = relu_state(), vector(D_SAE, seed=5, positive=True)
    normalized = normalized_by_first_release(state, maxima)
    save(tmp_path, normalized, "ae_normalized.pt")
    save(tmp_path, state, raw)
    expected = {"raw": relu_forward(state), "normalized": relu_forward(normalized)}
    assert_same(read(tmp_path).sae, *expected[default])
    for scale in ("raw", "normalized"):
        assert_same(read(tmp_path, scale=scale).sae, *expected[scale])


def test_a_scale_that_a_folder_or_file_does_not_have_is_refused(tmp_path):
    state, maxima = relu_state(), vector(D_SAE, seed=5, positive=True)
    path = save(tmp_path, normalized_by_first_release(state, maxima), "ae_normalized.pt")
    with pytest.raises(UserError, match=r"has the maxima .* folded into its weights, which cannot"):
        read(path, scale="raw")
    path.rename(tmp_path / "ae.pt")
    with pytest.raises(MissingArtifact, match=r"holds no ae_normalized.pt: leave scale=default"):
        read(tmp_path, scale="normalized")
    with pytest.raises(UserError, match=r"scale must be default, normalized, raw, got 'maximum'"):
        read(tmp_path, scale="maximum")


def test_maxima_beside_the_weights_can_be_left_aside(tmp_path):
    state, maxima = relu_state(), vector(D_SAE, seed=5, positive=True)
    saved = version_1(state) | {"activation_rescale_factor": maxima}
    assert_same(read(save(tmp_path, saved), scale="raw").sae, *relu_forward(state))


def test_plm_and_layer_are_those_of_either_release_s_config(tmp_path):
    save(tmp_path / "first", relu_state())
    trainer = {"trainer": {"plm_name": "esm2_t6_8M_UR50D", "layer": 4, "dict_class": "AutoEncoder"}}
    (tmp_path / "first/config.json").write_text(json.dumps(trainer))
    save(tmp_path / "later", relu_state())
    fidelity = {"eval_cfg": {"model_name": "esm2_t33_650M_UR50D", "layer_idx": 24}}
    (tmp_path / "later/config.yaml").write_text(yaml.safe_dump(fidelity))
    for release, plm, layer in (("first", "esm2_8m", 4), ("later", "esm2_650m", 24)):
        trained_on = read(tmp_path / release).trained_on
        assert (trained_on["plm"], trained_on["layer"], trained_on["d_model"]) == (plm, layer, D_IN)
        assert trained_on["known_from"] == "its files (plm, layer, d_model)"


def test_scaling_by_each_activation_s_norm_is_refused(tmp_path):
    path = save(tmp_path, version_1(relu_state()) | {"normalize_to_sqrt_d": torch.tensor(True)})
    with pytest.raises(UserError, match=r"trained with normalize_to_sqrt_d, .*: train it"):
        read(path)


def test_topk_without_its_config_is_refused(tmp_path):
    with pytest.raises(MissingArtifact, match=r"config.yaml does not exist, .*: copy it from"):
        read(save(tmp_path, selecting_state(-1.0)))
    with pytest.raises(UserError, match=r"config.yaml does not say whether TopK or BatchTopK"):
        read(save(tmp_path, selecting_state(-1.0), auxk_alpha=1 / 32, k=K))


def test_a_folder_without_an_sae_is_named(tmp_path):
    with pytest.raises(MissingArtifact, match=r"holds no SAE .*ae.pt, ae_unnormalized.pt, ae_n"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bias": None}, r"ae.pt lacks bias, so it is not an SAE of a kind.*: download or copy"),
        ({"stray": torch.zeros(1)}, r"ae.pt has stray besides, so it is not an SAE of a kind"),
        ({"bias": torch.zeros(9)}, r"b_dec has the shape \[9\], not \[6\] .*; download it"),
        ({"encoder.weight": torch.zeros(4)}, r"encoder.weight has the shape \[4\], not that of a"),
        ({"decoder.weight": torch.zeros(6, 2)}, r"W_dec has the shape \[2, 6\], not \[16, 6\]"),
        ({"encoder.bias": torch.full((16,), torch.nan)}, r"NaN or infinite numbers in b_enc"),
        ({"activation_rescale_factor": torch.zeros(3)}, r"holds no maxima .*: normalise the SAE"),
    ],
)  # fmt: skip
def test_tensors_that_do_not_fit_are_named(tmp_path, change, message):
    state = {name: value for name, value in (relu_state() | change).items() if value is not None}
    with pytest.raises(BrokenArtifact, match=message):
        read(save(tmp_path, state))
