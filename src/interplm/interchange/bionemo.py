"""SAEs of BioNeMo's sparse autoencoder recipe: `checkpoint_final.pt`, of its trainer.

TopK: x' = LN(x) - pre_bias, features = TopK(ReLU(x' encoder + latent_bias)), undone on decoding,
with LN only where `normalize_input` is set, and then with 1e-8 added to the deviation. ReLU: x' =
(x - pre_bias) / ‖x - pre_bias‖ in its place, never undone. Formulas and names are those of
`sae/architectures` (github.com/NVIDIA/bionemo-framework, recipe of 2026).
"""

from typing import Any

import torch
from torch import Tensor

from interplm.errors import BrokenArtifact
from interplm.interchange.assembly import assemble, linear_layers, relu_architecture
from interplm.interchange.imported import Imported, origin
from interplm.interchange.layout import Layout
from interplm.interchange.source import Source
from interplm.interchange.tensor_files import check_names, without_wrappers
from interplm.sae import (
    InputTransform,
    ResidueNormalisation,
    ResidueStandardisation,
    SparseAutoencoder,
)

NAME = "BioNeMo"
_NAMES = ["encoder.weight", "decoder.weight", "pre_bias", "latent_bias"]


def _recognises(source: Source) -> bool:
    return "pre_bias" in _state(source)


def _read(source: Source) -> Imported:
    state, where = _state(source), source.weights_file
    config: dict[str, Any] = source.content.get("model_config") or {}  # Any: plain values
    is_topk = "stats_last_nonzero" in state or "top_k" in config
    state.pop("stats_last_nonzero", None)
    check_names(state, _NAMES, what="a TopK or ReLU SAE of BioNeMo", where=where)
    if not all(isinstance(value, Tensor) for value in state.values()):
        raise BrokenArtifact(f"{where} holds other things than tensors in model_state_dict.")
    named = linear_layers(state, where=where) | {"b_enc": state["latent_bias"]}
    sae = (_topk if is_topk else _relu)(named, state["pre_bias"], config, source)
    facts = origin(source, NAME, files={"d_model": sae.d_in})
    return Imported(sae=sae, format=NAME, trained_on=facts)


def _topk(
    named: dict[str, Tensor], bias: Tensor, config: dict[str, Any], source: Source
) -> SparseAutoencoder:
    where = source.weights_file
    # What its own loader takes where an early checkpoint says nothing.
    normalizes = source.flag("normalize_input", config.get("normalize_input"), default=False)
    transform: InputTransform | None = None
    if normalizes:
        transform = ResidueStandardisation(len(bias), eps=1e-8, correction=1, undone=True)
    return assemble(
        "topk",
        named | {"b_dec": bias},
        where=where,
        input_transform=transform,
        k=source.k(config.get("top_k"), where=where),
    )


def _relu(
    named: dict[str, Tensor], bias: Tensor, config: dict[str, Any], source: Source
) -> SparseAutoencoder:
    where = source.weights_file
    # Its class keeps no settings in the checkpoint, and normalises unless it is told not to.
    if not source.flag("normalize_input", config.get("normalize_input"), default=True):
        named = named | {"b_dec": bias}
        return assemble(relu_architecture(named, where=where), named, where=where)
    transform = ResidueNormalisation(len(bias), norm=1, undone=False)
    named = named | {"b_dec": torch.zeros_like(bias)}
    kind = relu_architecture(named, where=where)
    sae = assemble(kind, named, where=where, input_transform=transform)
    transform.centre.copy_(bias)
    return sae


def _state(source: Source) -> dict[str, Any]:
    """The model's tensors, without the prefixes that training leaves."""
    state = source.content.get("model_state_dict")
    return without_wrappers(state) if isinstance(state, dict) else {}


LAYOUT = Layout(
    name=NAME,
    looked_for="a checkpoint with model_state_dict and, in it, pre_bias and latent_bias",
    recognises=_recognises,
    read=_read,
)
