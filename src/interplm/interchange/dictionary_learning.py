"""SAEs of the `dictionary_learning` package: folders of `ae.pt` and `config.json`.

Formulas and names are those of its version 0.1.0 (github.com/saprmarks/dictionary_learning).
`trainer.dict_class` in the config names the class; its tensors say the rest. A Matryoshka SAE needs
no config: the file of its state alone is read too, as Reticular publish theirs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from interplm.errors import BrokenArtifact, UserError
from interplm.interchange.assembly import assemble, linear_layers, relu_architecture
from interplm.interchange.imported import Imported, origin
from interplm.interchange.layout import Layout
from interplm.interchange.publications import layer_of_hook
from interplm.interchange.source import Source
from interplm.interchange.tensor_files import check_names, whole_number
from interplm.sae import SparseAutoencoder

NAME = "dictionary_learning"
WEIGHTS_FILE = "ae.pt"
CONFIG_FILE = "config.json"

Tensors = dict[str, Tensor]
Trainer = dict[str, Any]  # Any: what JSON can hold

_LINEAR = ["encoder.weight", "encoder.bias", "decoder.weight"]
_MATRICES = ["W_enc", "b_enc", "W_dec", "b_dec"]


def _recognises(source: Source) -> bool:
    """The original InterPLM's first release writes such a config too, but names a PLM in it."""
    trainer = trainer_of(source.settings(CONFIG_FILE))
    if trainer is not None:
        return "plm_name" not in trainer
    return {"W_enc", "W_dec", "group_sizes"} <= set(source.tensors)


def _read(source: Source) -> Imported:
    trainer = trainer_of(source.settings(CONFIG_FILE)) or {"dict_class": "MatryoshkaBatchTopKSAE"}
    name = str(trainer["dict_class"])
    if name not in _READERS:
        raise UserError(
            f"{source.path} holds a {name} of dictionary_learning, which no architecture here "
            f"computes; those that can be loaded are {', '.join(_READERS)}."
        )
    where = source.weights if source.weights is not None else source.folder / WEIGHTS_FILE
    sae = _READERS[name](source.state_dict(where), trainer, where)
    layer, place = trainer.get("layer"), trainer.get("submodule_name")
    facts = origin(
        source,
        NAME,
        files={
            "plm": trainer.get("lm_name"),
            "layer": None if place is None else layer_of_hook(str(place)),
            "d_model": sae.d_in,
        },
        said={"lm_name": trainer.get("lm_name"), "lm_layer": layer, "submodule_name": place},
    )
    return Imported(sae=sae, format=NAME, trained_on=facts)


def trainer_of(config: dict[str, Any]) -> Trainer | None:
    """The part of a config that names the class, or None where it is another toolkit's."""
    trainer = config.get("trainer")
    return trainer if isinstance(trainer, dict) and "dict_class" in trainer else None


def _auto_encoder(tensors: Tensors, trainer: Trainer, where: Path) -> SparseAutoencoder:
    check_names(tensors, [*_LINEAR, "bias"], what="an AutoEncoder", where=where)
    named = linear_layers(tensors, where=where) | {"b_dec": tensors["bias"]}
    norms = named["W_dec"].float().norm(dim=1)
    sae = assemble("relu", named, where=where)
    # The package brings decoder rows to unit norm on loading, unless they are so already.
    if not torch.allclose(norms, torch.ones_like(norms)):
        sae.fold_scale_(1 / norms.where(norms > 0, torch.ones_like(norms)))
    return sae


def _auto_encoder_new(tensors: Tensors, trainer: Trainer, where: Path) -> SparseAutoencoder:
    check_names(tensors, [*_LINEAR, "decoder.bias"], what="an AutoEncoderNew", where=where)
    named = linear_layers(tensors, where=where)
    return assemble(relu_architecture(named, where=where), named, where=where, reads_centred=False)


def _gated(tensors: Tensors, trainer: Trainer, where: Path) -> SparseAutoencoder:
    theirs = {"b_dec": "decoder_bias", "b_enc": "gate_bias", "b_mag": "mag_bias", "r_mag": "r_mag"}
    names = ["encoder.weight", "decoder.weight", *theirs.values()]
    check_names(tensors, names, what="a GatedAutoEncoder", where=where)
    named = linear_layers(tensors, where=where)
    named |= {ours: tensors[name] for ours, name in theirs.items()}
    return assemble("gated", named, where=where)


def _top_k(tensors: Tensors, trainer: Trainer, where: Path) -> SparseAutoencoder:
    k = _k(tensors, trainer, where)
    # A threshold for use one residue at a time, which `encode` leaves aside by default.
    tensors.pop("threshold", None)
    check_names(tensors, [*_LINEAR, "b_dec"], what="an AutoEncoderTopK", where=where)
    named = linear_layers(tensors, where=where) | {"b_dec": tensors["b_dec"]}
    return assemble("topk", named, where=where, k=k)


def _batch_top_k(tensors: Tensors, trainer: Trainer, where: Path) -> SparseAutoencoder:
    k = _k(tensors, trainer, where)
    check_names(tensors, [*_LINEAR, "b_dec", "threshold"], what="a BatchTopKSAE", where=where)
    named = linear_layers(tensors, where=where) | {"b_dec": tensors["b_dec"]}
    return assemble("batchtopk", named | _threshold(tensors), where=where, k=k)


def _matryoshka(tensors: Tensors, trainer: Trainer, where: Path) -> SparseAutoencoder:
    k = _k(tensors, trainer, where)
    names = [*_MATRICES, "threshold", "group_sizes"]
    check_names(tensors, names, what="a MatryoshkaBatchTopKSAE", where=where)
    sizes, d_sae = tensors["group_sizes"].double(), tensors["b_enc"].numel()
    if sizes.ndim != 1 or sizes.sum() != d_sae:
        raise BrokenArtifact(
            f"{where} does not fit: group_sizes {sizes.tolist()} do not add up to its {d_sae} "
            "features; download it or save it again."
        )
    named = {name: tensors[name] for name in _MATRICES} | _threshold(tensors)
    fractions = [float(size) for size in sizes / d_sae]
    return assemble("matryoshka", named, where=where, k=k, group_fractions=fractions)


def _jump_relu(tensors: Tensors, trainer: Trainer, where: Path) -> SparseAutoencoder:
    check_names(tensors, [*_MATRICES, "threshold"], what="a JumpReluAutoEncoder", where=where)
    # Its `apply_b_dec_to_input` is off, and no file says otherwise.
    return assemble("jumprelu", tensors | _threshold(tensors), where=where, reads_centred=False)


def _threshold(tensors: Tensors) -> Tensors:
    """ReLU comes before the threshold, so one below 0 (-1 until learnt) cuts what 0 does."""
    return {"threshold": tensors["threshold"].clamp_min(0)}


def _k(tensors: Tensors, trainer: Trainer, where: Path) -> int:
    """Of the file, or of the config where an old file lacks it."""
    k = tensors.pop("k", trainer.get("k"))
    if k is None:
        raise BrokenArtifact(
            f"Neither {where} nor {CONFIG_FILE} says k: add it to the config as trainer.k."
        )
    return whole_number(k, name="k", where=where)


_READERS: dict[str, Callable[[Tensors, Trainer, Path], SparseAutoencoder]] = {
    "AutoEncoder": _auto_encoder,
    "AutoEncoderNew": _auto_encoder_new,
    "GatedAutoEncoder": _gated,
    "AutoEncoderTopK": _top_k,
    "BatchTopKSAE": _batch_top_k,
    "MatryoshkaBatchTopKSAE": _matryoshka,
    "JumpReluAutoEncoder": _jump_relu,
}

LAYOUT = Layout(
    name=NAME,
    looked_for=f"{CONFIG_FILE} with trainer.dict_class, or tensors W_enc, W_dec and group_sizes",
    recognises=_recognises,
    read=_read,
)
