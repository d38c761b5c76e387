from argparse import Namespace

import pytest
import torch
from tests.interchange.foreign import (
    D_IN,
    D_SAE,
    TOLERANCE,
    K,
    linear_state,
    residues,
    standardised,
    top_k,
    vector,
)  # fmt: skip

from interplm.errors import BrokenArtifact, UserError
from interplm.interchange import read


def state(n_blocks, *, crosses_layers, has_bias):
    found = {"stats_last_nonzero": torch.zeros(n_blocks, D_SAE, dtype=torch.int64)}
    for block in range(n_blocks):
        linear = linear_state(unit_decoder=False, seed=block)
        found[f"encoders.{block}.weight"] = linear["encoder.weight"]
        if has_bias:
            found[f"encoders.{block}.bias"] = linear["encoder.bias"]
        found[f"b_enc.{block}"] = vector(D_SAE, 10 + block)
        found[f"b_pre.{block}"] = vector(D_IN, 30 + block)
        for target in range(block, n_blocks) if crosses_layers else [block]:
            name = f"decoders.{block}_{target}" if crosses_layers else f"decoders.{block}"
            found[name] = vector(D_SAE * D_IN, 100 + 9 * block + target).view(D_SAE, D_IN)
    return found


def forward(state, block, x, *, crosses_layers, has_ln):
    """A block of CrossLayerTranscoder or PerLayerTranscoder, and what it adds to its own MLP."""
    t, deviation, mean = standardised(x) if has_ln else (x, 1, 0)
    raw = (t - state[f"b_pre.{block}"]) @ state[f"encoders.{block}.weight"].T
    raw = raw + state.get(f"encoders.{block}.bias", 0) + state[f"b_enc.{block}"]
    features = top_k(raw).clamp_min(0)
    decoder = state[f"decoders.{block}_{block}" if crosses_layers else f"decoders.{block}"]
    return features, (features @ decoder + state[f"b_pre.{block}"]) * deviation + mean


def checkpoint(path, state, name):
    """Lightning's: the transcoder beside the PLM, the command line in the hyper-parameters."""
    tensors = {f"{name}.{key}": tensor for key, tensor in state.items()}
    tensors["esm_model.embed_tokens.weight"] = torch.zeros(3, 3)
    args = Namespace(k=K, d_model=D_IN, d_hidden=D_SAE, esm2_weight="/somewhere/esm2.pt")
    content = {"state_dict": tensors, "hyper_parameters": {"args": args}, "epoch": 1}
    torch.save(content, path)
    return path


@pytest.mark.parametrize(
    ("n_blocks", "crosses_layers", "has_bias", "has_ln"),
    [
        (6, True, True, True),
        (6, False, True, True),
        (12, True, True, False),  # where the toolkit leaves LN out
        (12, False, True, True),
        (14, True, False, True),
    ],
)
def test_one_block_of_a_transcoder(tmp_path, n_blocks, crosses_layers, has_bias, has_ln):
    made = state(n_blocks, crosses_layers=crosses_layers, has_bias=has_bias)
    path = checkpoint(tmp_path / "last.ckpt", made, "clt" if crosses_layers else "plt")
    found, x = read(path, layer=2).sae, residues()
    features, predicted = forward(made, 2, x, crosses_layers=crosses_layers, has_ln=has_ln)
    with torch.no_grad():
        torch.testing.assert_close(found.encode(x), features, atol=TOLERANCE, rtol=TOLERANCE)
        torch.testing.assert_close(found.predict(x), predicted, atol=1e-5, rtol=1e-5)


def test_the_tensors_alone_need_k(tmp_path):
    made = state(6, crosses_layers=True, has_bias=True)
    torch.save(made, tmp_path / "clt.pt")
    with pytest.raises(UserError, match=r"clt.pt does not store how many features"):
        read(tmp_path / "clt.pt", layer=0)
    features, _ = forward(made, 0, residues(), crosses_layers=True, has_ln=True)
    found = read(tmp_path / "clt.pt", layer=0, k=K).sae
    torch.testing.assert_close(found.encode(residues()), features, atol=1e-6, rtol=1e-6)


def test_it_says_what_it_reads_and_claims_no_layer(tmp_path):
    folder = tmp_path / "CLT_L6_D3200"
    folder.mkdir()
    made = state(6, crosses_layers=True, has_bias=True)
    trained_on = read(checkpoint(folder / "last.ckpt", made, "clt"), layer=4).trained_on
    assert trained_on["plm"] == "esm2_8m"
    assert trained_on["reads"].startswith("the input of the MLP of block 4 (counted from 0)")
    assert "layer" not in trained_on


def test_a_block_has_to_be_chosen_and_to_be_whole(tmp_path):
    made = state(6, crosses_layers=False, has_bias=True)
    path = checkpoint(tmp_path / "last.ckpt", made, "plt")
    for layer in (None, 6):
        with pytest.raises(UserError, match=r"of the blocks 0 to 5, counted from 0: choose one"):
            read(path, layer=layer)
    del made["decoders.3"]
    with pytest.raises(BrokenArtifact, match=r"last.ckpt lacks decoders.3: download"):
        read(checkpoint(path, made, "plt"), layer=3)
