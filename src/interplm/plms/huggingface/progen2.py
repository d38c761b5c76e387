"""ProGen2 (Nijkamp et al. 2023): the network of CodeGen, whose code transformers has."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from interplm.errors import BrokenArtifact, UserError
from interplm.plms.controls import Control, controlled
from interplm.plms.huggingface.checkpoint import (
    dtype_of,
    native,
    plain_errors,
    read_tensors,
    weights_sha256,
)
from interplm.plms.huggingface.loading import checked
from interplm.plms.huggingface.source import CONFIG_FILE, model_folder
from interplm.plms.masked import TokenEncoder
from interplm.plms.tokens import ResidueTokens
from interplm.proteins.alphabet import RESIDUES

# Sequences are read from the N to the C terminus behind this token, from C to N behind "2".
_BEGIN = "1"
# Queries, values and keys lie interleaved in as many parts as there were processors in training.
_N_PARTS, _N_PARTS_OF_CODEGEN = 8, 4


def load_progen2(
    *,
    name: str,
    source: str,
    revision: str | None,
    dtype: str,
    attention: str,
    control: Control | None,
    seed: int,
) -> TokenEncoder:
    """Load a ProGen2: state i of a layer knows residues 0 to i.

    Args:
        name: what the model is called in folders and fingerprints.
        source: a folder, or owner/name on the hub, with config.json, tokenizer.json and weights.
        revision: of the repository; None for the main branch.
        dtype: of the weights: float32, float16 or bfloat16.
        attention: implementation of transformers: sdpa or eager.
        control: None, "untrained" or "shuffled".
        seed: of the control.

    Raises:
        UserError, MissingArtifact, BrokenArtifact: see load_huggingface.
    """
    folder = model_folder(source, revision=revision, with_weights=control != "untrained")
    config = _config(folder, attention=attention)

    def untrained() -> nn.Module:
        network: nn.Module = native("CodeGenModel")(config)
        # The positions' sines stay in float32.
        for parameter in network.parameters():
            parameter.data = parameter.data.to(dtype_of(dtype))
        return network

    def read() -> tuple[nn.Module, str]:
        with torch.random.fork_rng(devices=[]):
            network = untrained()
        with plain_errors(folder):
            network.load_state_dict(_state(read_tensors(folder)))
        return network, weights_sha256(folder)

    network, identity = controlled(control, seed=seed, read=read, untrained=untrained)
    tokens = _tokens(folder)
    return checked(
        network.eval().requires_grad_(False),
        tokens=tokens,
        name=name,
        weights_sha256=identity,
        max_residues=config.n_positions - tokens.n_special,
    )


def _config(folder: Path, *, attention: str) -> Any:  # Any: a class of the extra
    """CodeGen's of the same sizes, from either of the names that published configs use."""
    with plain_errors(folder):
        given = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        model_type = given.get("model_type")
    if model_type != "progen":
        raise UserError(
            f"{folder} holds a model of type {model_type!r}, not a ProGen2: correct "
            "plm.source, or read it with plm=huggingface."
        )
    try:
        sizes = {
            "vocab_size": given.get("vocab_size_emb", given.get("vocab_size")),
            "n_embd": given["embed_dim"] if "embed_dim" in given else given["n_embd"],
            **{size: given[size] for size in ("n_layer", "n_head", "n_positions", "rotary_dim")},
        }
    except KeyError as error:
        raise BrokenArtifact(
            f"{folder / CONFIG_FILE} does not say {error}: download the model whole."
        ) from error
    return native("CodeGenConfig")(
        **sizes, use_cache=False, tie_word_embeddings=False, bos_token_id=None, eos_token_id=None,
        attn_implementation=attention,
    )  # fmt: skip


def _state(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Parameters of the network without its head, in CodeGen's order of queries, values, keys."""
    prefix = "transformer."
    state = {}
    for name, tensor in tensors.items():
        if name.startswith(prefix) and not name.endswith((".attn.bias", ".masked_bias")):
            is_mixed = name.endswith("qkv_proj.weight")
            state[name.removeprefix(prefix)] = _regrouped(tensor) if is_mixed else tensor
    return state


def _regrouped(weight: Tensor) -> Tensor:
    """Rows [8 parts, q v k, d / 8] as [4 parts, q v k, d / 4]."""
    parts = weight.unflatten(0, (_N_PARTS, 3, -1)).transpose(0, 1).flatten(1, 2)
    return parts.unflatten(1, (_N_PARTS_OF_CODEGEN, -1)).transpose(0, 1).flatten(0, 2)


def _tokens(folder: Path) -> ResidueTokens:
    with plain_errors(folder):
        described = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        token_of = described["model"]["vocab"]
        letters = {letter: token_of[letter] for letter in RESIDUES if letter in token_of}
        return ResidueTokens(
            letters=letters, before=(token_of[_BEGIN],), after=(), padding=_unused(token_of),
            mask=None,
        )  # fmt: skip


def _unused(token_of: dict[str, int]) -> int:
    """Any token that is no residue: nothing reads what lies behind it."""
    return min(token for letter, token in token_of.items() if letter not in {*RESIDUES, _BEGIN})
