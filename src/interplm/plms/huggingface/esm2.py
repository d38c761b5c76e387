"""ESM-2 in the format of Hugging Face, run by our own forward pass."""

import re

import torch
from torch import Tensor

from interplm.errors import UserError
from interplm.plms.huggingface.encoder import HuggingFaceEncoder, HuggingFaceMaskedLM
from interplm.plms.masked import TokenEncoder

# Names of transformers, and of fair-esm.
_RENAMED = {
    r"esm\.embeddings\.word_embeddings\.": "embed_tokens.",
    r"esm\.encoder\.emb_layer_norm_after\.": "emb_layer_norm_after.",
    r"esm\.encoder\.layer\.(\d+)\.attention\.LayerNorm\.": r"layers.\1.self_attn_layer_norm.",
    r"esm\.encoder\.layer\.(\d+)\.attention\.self\.([qkv])\w+\.": r"layers.\1.self_attn.\2_proj.",
    r"esm\.encoder\.layer\.(\d+)\.attention\.output\.dense\.": r"layers.\1.self_attn.out_proj.",
    r"esm\.encoder\.layer\.(\d+)\.intermediate\.dense\.": r"layers.\1.fc1.",
    r"esm\.encoder\.layer\.(\d+)\.output\.dense\.": r"layers.\1.fc2.",
    r"esm\.encoder\.layer\.(\d+)\.LayerNorm\.": r"layers.\1.final_layer_norm.",
    r"esm\.contact_head\.": "contact_head.",
    r"lm_head\.decoder\.": "lm_head.",
    r"lm_head\.": "lm_head.",
}
# What every published ESM-2 has, and fair-esm's modules take for granted.
_ESM2 = {
    "model_type": "esm",
    "position_embedding_type": "rotary",
    "emb_layer_norm_before": False,
    "vocab_size": 33,
    "layer_norm_eps": 1e-5,
    "_attn_implementation": "sdpa",
}


def faster(plm: HuggingFaceEncoder) -> TokenEncoder:
    """The same model as our ESM2 where it is one and fair-esm is here, else as it is.

    The states are equal to rounding; fidelity computes the last layer at the chosen positions only.
    The weights are shared, not copied.
    """
    config = plm.network.config
    is_esm2 = all(getattr(config, name, None) == value for name, value in _ESM2.items())
    if not is_esm2 or not isinstance(plm, HuggingFaceMaskedLM):
        return plm
    try:
        from interplm.plms.esm2 import ESM2
        from interplm.plms.fair_esm import FairESM2
    except UserError:
        return plm
    with torch.device("meta"):
        network = FairESM2(config.num_hidden_layers, config.hidden_size, config.num_attention_heads)
    if (plm.tokens.padding, plm.tokens.mask) != (network.padding_idx, network.mask_idx):
        return plm
    network.token_dropout = config.token_dropout
    network.load_state_dict(_renamed(plm.network.state_dict(), plm.n_layers), assign=True)
    fast = ESM2(
        network=network, name=plm.name, weights_sha256=plm.weights_sha256, tokens=plm.tokens
    )
    fast.max_residues = plm.max_residues
    return fast.eval().requires_grad_(False)


def _renamed(state: dict[str, Tensor], n_layers: int) -> dict[str, Tensor]:
    named = {}
    for name, tensor in state.items():
        for pattern, replacement in _RENAMED.items():
            new, n_replaced = re.subn(f"^{pattern}", replacement, name)
            if n_replaced:
                named[new] = tensor
                break
    # Kept once by transformers, in every layer by fair-esm.
    frequencies = next(tensor for name, tensor in state.items() if name.endswith("inv_freq"))
    for layer in range(n_layers):
        named[f"layers.{layer}.self_attn.rot_emb.inv_freq"] = frequencies
    return named
