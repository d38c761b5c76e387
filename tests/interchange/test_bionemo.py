import pytest
import torch
from tests.interchange.foreign import (
    D_IN,
    D_SAE,
    K,
    assert_same,
    linear_state,
    residues,
    standardised,
    top_k,
    vector,
)  # fmt: skip

from interplm.errors import BrokenArtifact, UserError
from interplm.interchange import read


def state(*, topk):
    linear = linear_state(unit_decoder=False)
    found = {
        "pre_bias": vector(D_IN, 2), "latent_bias": linear["encoder.bias"],
        "encoder.weight": linear["encoder.weight"], "decoder.weight": linear["decoder.weight"],
    }  # fmt: skip
    return found | ({"stats_last_nonzero": torch.zeros(D_SAE, dtype=torch.int64)} if topk else {})


def checkpoint(path, state, model_config, *, prefix=""):
    """As `Trainer.save_checkpoint` writes it, optimiser and all."""
    optimizer = {"state": {0: {"step": torch.tensor(5.0)}}, "param_groups": [{"lr": 3e-4}]}
    content = {
        "model_state_dict": {prefix + name: tensor for name, tensor in state.items()},
        "global_step": 100, "epoch": 3, "config": {"lr": 3e-4, "n_epochs": 3, "batch_size": 8},
        "input_dim": D_IN, "hidden_dim": D_SAE, "optimizer_state_dict": optimizer,
    }  # fmt: skip
    torch.save(content | ({} if model_config is None else {"model_config": model_config}), path)
    return path


def topk_config(normalize):
    return {
        "input_dim": D_IN, "hidden_dim": D_SAE, "top_k": K, "normalize_input": normalize,
        "auxk": None, "auxk_coef": 1 / 32, "dead_tokens_threshold": 10_000_000,
    }  # fmt: skip


def topk_forward(state, x, *, normalize):
    t, deviation, mean = standardised(x, eps=1e-8) if normalize else (x, 1, 0)
    raw = (t - state["pre_bias"]) @ state["encoder.weight"].T + state["latent_bias"]
    features = top_k(raw.clamp_min(0))
    return features, (features @ state["decoder.weight"].T + state["pre_bias"]) * deviation + mean


def relu_forward(state, x, *, normalize):
    centred = x - state["pre_bias"]
    if normalize:
        centred = torch.stack([row / row.square().sum().sqrt() for row in centred])
    features = (centred @ state["encoder.weight"].T + state["latent_bias"]).clamp_min(0)
    return features, features @ state["decoder.weight"].T + state["pre_bias"]


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("normalize", [True, False])
def test_a_topk_sae(tmp_path, normalize, prefix):
    path = tmp_path / "checkpoint_final.pt"
    found = read(checkpoint(path, state(topk=True), topk_config(normalize), prefix=prefix))
    assert found.format == "BioNeMo"
    assert_same(found.sae, *topk_forward(state(topk=True), residues(), normalize=normalize))


@pytest.mark.parametrize("normalize", [True, False])
def test_a_relu_sae_keeps_no_settings(tmp_path, normalize):
    path = checkpoint(tmp_path / "checkpoint_final.pt", state(topk=False), None)
    expected = relu_forward(state(topk=False), residues(), normalize=normalize)
    assert_same(read(path, normalize_input=normalize).sae, *expected)
    if normalize:  # which its class does unless it is told not to
        assert_same(read(path).sae, *expected)


def test_an_early_checkpoint_is_read_as_its_own_loader_does(tmp_path):
    path = checkpoint(tmp_path / "c.pt", state(topk=True), None)
    with pytest.raises(UserError, match=r"c.pt does not store how many features fire"):
        read(path)
    expected = topk_forward(state(topk=True), residues(), normalize=False)
    assert_same(read(path, k=K).sae, *expected)


def test_what_the_file_says_is_not_overruled(tmp_path):
    path = checkpoint(tmp_path / "c.pt", state(topk=True), topk_config(True))
    with pytest.raises(UserError, match=r"says normalize_input=True, not False: leave"):
        read(path, normalize_input=False)
    with pytest.raises(UserError, match=r"says k=3, so k=4 does not fit: leave k away"):
        read(path, k=4)


def test_nothing_is_said_of_the_plm(tmp_path):
    path = checkpoint(tmp_path / "c.pt", state(topk=True), topk_config(True))
    trained_on = read(path).trained_on
    assert "plm" not in trained_on
    assert "layer" not in trained_on


def test_other_architectures_of_the_recipe_are_refused(tmp_path):
    other = state(topk=True) | {"gate.weight": torch.zeros(2, 2)}
    with pytest.raises(BrokenArtifact, match=r"has gate.weight besides, so it is not a TopK"):
        read(checkpoint(tmp_path / "c.pt", other, topk_config(True)))
