import pytest
import torch
from safetensors.torch import save_file
from tests.interchange.foreign import (
    D_SAE,
    K,
    assert_same,
    matrix_state,
    residues,
    standardised,
    top_k,
)  # fmt: skip

from interplm.errors import BrokenArtifact, UserError
from interplm.interchange import read

PUBLISHED = "esm2_plm1280_l24_sae4096_100k.safetensors"


def state():
    ours = matrix_state(unit_decoder=False)
    return {
        "w_enc": ours["W_enc"], "w_dec": ours["W_dec"], "b_enc": ours["b_enc"],
        "b_pre": ours["b_dec"], "stats_last_nonzero": torch.zeros(D_SAE, dtype=torch.int64),
    }  # fmt: skip


def forward(state, x, k):
    """`get_acts` and `forward_val` of interprot/sae_model.py: top-k comes before ReLU."""
    t, deviation, mean = standardised(x)
    raw = (t - state["b_pre"]) @ state["w_enc"] + state["b_enc"]
    features = top_k(raw, k).clamp_min(0)
    return features, (features @ state["w_dec"] + state["b_pre"]) * deviation + mean


@pytest.mark.parametrize("name", ["sae.safetensors", "sae.pt", "weights"])
def test_features_and_reconstructions_are_interprot_s(tmp_path, name):
    save_file(state(), tmp_path / name)
    found = read(tmp_path / name, k=K)
    assert found.format == "InterProt"
    assert_same(found.sae, *forward(state(), residues(), K))


def test_a_folder_with_the_file_alone_will_do_and_so_will_a_checkpoint(tmp_path):
    torch.save(state(), tmp_path / "sae.pt")
    assert_same(read(tmp_path, k=K).sae, *forward(state(), residues(), K))


def test_reading_raw_activations_would_give_other_features(tmp_path):
    """What made standardisation a type of its own: most features are others without it."""
    save_file(state(), tmp_path / "sae")
    found, x = read(tmp_path / "sae", k=K).sae, residues() * 3 + 5
    with torch.no_grad():
        fired = found.encode(x) > 0
        raw = ((x - found.b_dec) @ found.W_enc + found.b_enc).clone()
    raw = top_k(raw).clamp_min(0) > 0
    assert (fired & raw).sum() < 0.6 * fired.sum()


def test_k_is_not_stored_and_has_to_be_said_or_known(tmp_path):
    save_file(state(), tmp_path / "mine.safetensors")
    with pytest.raises(UserError, match=r"mine.safetensors does not store how many .*: give k=<nu"):
        read(tmp_path / "mine.safetensors")
    wide = {name: tensor.repeat_interleave(10, dim) for (name, tensor), dim in zip(
        state().items(), (1, 0, 0, 0, 0), strict=True)}  # fmt: skip
    wide["b_pre"] = state()["b_pre"]
    save_file(wide, tmp_path / PUBLISHED)
    assert read(tmp_path / PUBLISHED).sae.k == 128
    assert read(tmp_path / PUBLISHED, k=64).sae.k == 64


def test_plm_and_layer_come_from_the_table_by_the_file_s_name(tmp_path):
    save_file(state(), tmp_path / PUBLISHED)
    trained_on = read(tmp_path / PUBLISHED, k=K).trained_on
    assert (trained_on["plm"], trained_on["layer"]) == ("esm2_650m", 24)
    assert trained_on["special_tokens"] == "kept"
    assert "0.88" in trained_on["note"]
    assert trained_on["known_from"] == (
        "its files (d_model); the table of publications, InterProt (Adams et al. 2025) "
        "(layer, plm, special_tokens, note)"
    )


def test_a_file_that_lacks_a_tensor_is_named(tmp_path):
    part = state()
    del part["b_pre"]
    save_file(part, tmp_path / "sae")
    with pytest.raises(BrokenArtifact, match=r"sae lacks b_pre, so it is not an SAE of InterProt"):
        read(tmp_path / "sae", k=K)
