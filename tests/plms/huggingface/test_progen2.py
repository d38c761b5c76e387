"""ProGen2 against its formulas, written down from the paper's code as plainly as possible."""

import json
import math

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from interplm.errors import BrokenArtifact, UserError
from interplm.plms import MaskedLanguageModel
from interplm.plms.huggingface.progen2 import load_progen2

D, N_LAYERS, N_HEADS, ROTARY, N_PARTS = 64, 3, 8, 4, 8
SEQUENCES = ["MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ", "MK", "ACDEFGHIKLMNPQRSTVWYUOBZX"]
VOCABULARY = {token: index for index, token in enumerate(
    ["<|pad|>", "<|bos|>", "<|eos|>", "1", "2", *"ABCDEFGHIKLMNOPQRSTUVWXYZ"])}  # fmt: skip


def random_weights():
    generator = torch.Generator().manual_seed(0)
    shapes = {"wte.weight": (32, D), "ln_f.weight": (D,), "ln_f.bias": (D,)}
    for layer in range(N_LAYERS):
        shapes |= {
            f"h.{layer}.ln_1.weight": (D,), f"h.{layer}.ln_1.bias": (D,),
            f"h.{layer}.attn.qkv_proj.weight": (3 * D, D),
            f"h.{layer}.attn.out_proj.weight": (D, D),
            f"h.{layer}.mlp.fc_in.weight": (4 * D, D), f"h.{layer}.mlp.fc_in.bias": (4 * D,),
            f"h.{layer}.mlp.fc_out.weight": (D, 4 * D), f"h.{layer}.mlp.fc_out.bias": (D,),
        }  # fmt: skip
    return {name: torch.randn(s, generator=generator) / math.sqrt(s[-1])
            for name, s in shapes.items()}  # fmt: skip


def rotated(x):
    """Pairs of neighbouring numbers turned by position · 10000^(-2i / ROTARY), [n, heads, d]."""
    turned = x.clone()
    for position in range(len(x)):
        for pair in range(ROTARY // 2):
            angle = position / 10000 ** (2 * pair / ROTARY)
            a, b = x[position, :, 2 * pair], x[position, :, 2 * pair + 1]
            turned[position, :, 2 * pair] = a * math.cos(angle) - b * math.sin(angle)
            turned[position, :, 2 * pair + 1] = b * math.cos(angle) + a * math.sin(angle)
    return turned


def block(x, w, layer):
    """X + Attention(LN(x)) + MLP(LN(x)), float64, one sequence [n, D]."""
    p = f"h.{layer}."
    normed = F.layer_norm(x, (D,), w[f"{p}ln_1.weight"], w[f"{p}ln_1.bias"], 1e-5)
    parts = (normed @ w[f"{p}attn.qkv_proj.weight"].T).reshape(len(x), N_PARTS, 3, D // N_PARTS)
    query, value, key = (parts[:, :, i].reshape(len(x), N_HEADS, D // N_HEADS) for i in range(3))
    query, key = rotated(query), rotated(key)
    scores = torch.einsum("qhd,khd->hqk", query, key) / math.sqrt(D // N_HEADS)
    future = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)
    attention = scores.masked_fill(future, -math.inf).softmax(-1)
    mixed = torch.einsum("hqk,khd->qhd", attention, value).reshape(len(x), D)
    hidden = F.gelu(normed @ w[f"{p}mlp.fc_in.weight"].T + w[f"{p}mlp.fc_in.bias"],
                    approximate="tanh")  # fmt: skip
    fed = hidden @ w[f"{p}mlp.fc_out.weight"].T + w[f"{p}mlp.fc_out.bias"]
    return x + mixed @ w[f"{p}attn.out_proj.weight"].T + fed


def naive(weights, sequence):
    """States of all layers of "1" + sequence, without the row of "1"."""
    w = {name: tensor.double() for name, tensor in weights.items()}
    x = w["wte.weight"][torch.tensor([VOCABULARY[letter] for letter in "1" + sequence])]
    states = [x]
    for layer in range(N_LAYERS):
        states.append(block(states[-1], w, layer))
    states[-1] = F.layer_norm(states[-1], (D,), w["ln_f.weight"], w["ln_f.bias"], 1e-5)
    return [state[1:] for state in states]


SIZES = {"n_layer": N_LAYERS, "n_head": N_HEADS, "rotary_dim": ROTARY, "n_positions": 128}
# Names in the config of Salesforce's files, and in those converted for the hub.
CONFIGS = {
    "salesforce": {"n_embd": D, "vocab_size": 32, **SIZES},
    "hub": {"embed_dim": D, "vocab_size_emb": 32, "vocab_size_lm_head": 32, **SIZES},
}


def write(folder, config, *, as_pytorch=False):
    weights = random_weights()
    (folder / "config.json").write_text(
        json.dumps(config | {"model_type": "progen", "auto_map": {"AutoModel": "evil.Evil"}})
    )
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": VOCABULARY}}))
    state = {f"transformer.{name}": tensor for name, tensor in weights.items()}
    state |= {"lm_head.weight": torch.zeros(32, D), "lm_head.bias": torch.zeros(32)}
    if as_pytorch:
        # Old files hold the causal mask of every layer too.
        masks = {f"transformer.h.{i}.attn.bias": torch.ones(1, 1, 8, 8) for i in range(N_LAYERS)}
        torch.save(state | masks, folder / "pytorch_model.bin")
    else:
        save_file(state, folder / "model.safetensors")
    return weights


def load(folder, **changes):
    settings = {
        "name": "small", "source": str(folder), "revision": None, "dtype": "float32",
        "attention": "sdpa", "control": None, "seed": 0,
    }  # fmt: skip
    return load_progen2(**settings | changes)


@pytest.mark.parametrize("as_pytorch", [False, True])
@pytest.mark.parametrize("layout", CONFIGS)
def test_every_layer_equals_the_formulas(tmp_path, layout, as_pytorch):
    weights = write(tmp_path, CONFIGS[layout], as_pytorch=as_pytorch)
    plm = load(tmp_path)
    assert (plm.n_layers, plm.d_model, plm.max_residues) == (N_LAYERS, D, 127)
    with torch.inference_mode():
        found = plm.activations(SEQUENCES, range(N_LAYERS + 1))
    for index, sequence in enumerate(SEQUENCES):
        for layer, expected in enumerate(naive(weights, sequence)):
            rows = found[layer][index]
            assert rows.shape == (len(sequence), D)
            assert (rows - expected).abs().max() < 1e-5 * expected.abs().max()


def test_a_residue_knows_only_those_before_it(tmp_path):
    write(tmp_path, CONFIGS["hub"])
    with torch.inference_mode():
        whole, cut = load(tmp_path).activations(["MKTAYIAK", "MKTA"], [N_LAYERS])[N_LAYERS]
    torch.testing.assert_close(whole[:4], cut)


def test_it_can_be_embedded_but_predicts_no_masked_residue(tmp_path):
    write(tmp_path, CONFIGS["hub"])
    assert not isinstance(load(tmp_path), MaskedLanguageModel)


@pytest.mark.parametrize("control", ["untrained", "shuffled"])
def test_controls_follow_their_seed(tmp_path, control):
    write(tmp_path, CONFIGS["hub"])
    digests = [load(tmp_path, control=control, seed=seed).weights_sha256 for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_half_precision_stays_close(tmp_path):
    write(tmp_path, CONFIGS["hub"])
    with torch.inference_mode():
        half, full = (
            load(tmp_path, dtype=dtype).activations(SEQUENCES, [3])[3][0].float()
            for dtype in ("bfloat16", "float32")
        )
    assert 0 < (half - full).norm() / full.norm() < 0.05


def test_another_model_is_refused(tmp_path):
    write(tmp_path, CONFIGS["hub"])
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    with pytest.raises(UserError, match="holds a model of type 'gpt2', not a ProGen2"):
        load(tmp_path)


def test_a_config_without_sizes_is_refused(tmp_path):
    write(tmp_path, {"n_embd": D})
    with pytest.raises(BrokenArtifact, match=r"config.json does not say 'n_layer'"):
        load(tmp_path)


def test_weights_of_other_sizes_are_refused(tmp_path):
    write(tmp_path, CONFIGS["hub"] | {"n_layer": 2})
    with pytest.raises(BrokenArtifact, match="could not be read as a model of Hugging Face"):
        load(tmp_path)
