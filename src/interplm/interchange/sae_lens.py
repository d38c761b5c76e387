"""SAEs of SAELens: folders of `cfg.json` and `sae_weights.safetensors`, read and written.

Names and formulas are those of its version 6 (github.com/jbloomAus/SAELens, `saes/`); configs of
earlier versions are read too. BatchTopK and Matryoshka SAEs are JumpReLU ones there once trained.
"""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from interplm.errors import BrokenArtifact, UserError
from interplm.files.atomic import written_aside
from interplm.interchange.assembly import assemble, relu_architecture
from interplm.interchange.imported import UNKNOWN_SETTINGS, Imported, origin
from interplm.interchange.tensor_files import (
    check_names,
    read_json,
    read_safetensors,
    whole_number,
)
from interplm.sae import BatchTopKSAE, SparseAutoencoder, TopKSAE
from interplm.sae.normalized import NormalizedSAE

CONFIG_FILE = "cfg.json"
WEIGHTS_FILE = "sae_weights.safetensors"
# Whose reader takes what we write; a config without a version is read as one of before 6.
_FORMAT_VERSION = "6.0.0"

_MATRICES = ["W_enc", "W_dec", "b_dec"]
_TENSORS = {
    "standard": [*_MATRICES, "b_enc"],
    "topk": [*_MATRICES, "b_enc"],
    "jumprelu": [*_MATRICES, "b_enc", "threshold"],
    "gated": [*_MATRICES, "b_gate", "b_mag", "r_mag"],
}
# What ours are there; by name, since a subclass may compute something else.
_KINDS = {
    "relu": "standard",
    "relu_decoder_norm": "standard",
    "p_anneal": "standard",
    "gated": "gated",
    "topk": "topk",
    "batchtopk": "jumprelu",
    "matryoshka": "jumprelu",
    "jumprelu": "jumprelu",
}
# Settings that must be "none", and what they mean otherwise.
_REFUSED = {
    "normalize_activations": "every activation is scaled by itself, or by a number that is not in "
    "the files; fold it in with SAELens's fold_activation_norm_scaling_factor, or train without it",
    "reshape_activations": "it reads the heads of an attention layer, not one vector for a residue",
}
Config = dict[str, Any]  # Any: what JSON can hold


def load_sae_lens(folder: str | Path) -> Imported:
    """Load an SAE that SAELens saved for inference; features are the same.

    Raises:
        MissingArtifact: if a file is not there.
        BrokenArtifact: if one is damaged, or they do not fit each other.
        UserError: if no architecture of ours computes it.
    """
    folder = Path(folder)
    config = _of_version_6(read_json(folder / CONFIG_FILE), folder / CONFIG_FILE)
    _check_expressible(config, folder)
    where = folder / WEIGHTS_FILE
    tensors = read_safetensors(where)
    _drop_scaling(tensors, where)
    kind = config["architecture"]
    check_names(tensors, _TENSORS[kind], what=f"a {kind} SAE of SAELens", where=where)
    sae = _assembled(kind, tensors, config, where)
    return Imported(sae=sae, format="SAELens", trained_on=_trained_on(config))


def save_sae_lens(
    sae: SparseAutoencoder | NormalizedSAE,
    folder: Path,
    *,
    trained_on: Mapping[str, str | int | float],
) -> None:
    """Write an SAE as SAELens does, with its input transform folded in; `sae` is not changed.

    Args:
        sae: its features in evaluation mode are what SAELens will compute.
        folder: made if needed; what is there under the two names is replaced.
        trained_on: plain values, kept as metadata.

    Raises:
        UserError: if SAELens has no such SAE.
    """
    from safetensors.torch import save_file

    folded = _folded(sae)
    kind, tensors = _exported(folded)
    # Not all that is folded is contiguous, which the format wants, and none may share memory.
    tensors = {
        name: tensor.detach().float().cpu().contiguous().clone() for name, tensor in tensors.items()
    }
    with written_aside(folder / WEIGHTS_FILE) as partial:
        save_file(tensors, partial)
    config = _config_of(folded, kind, trained_on)
    with written_aside(folder / CONFIG_FILE) as partial:
        partial.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _of_version_6(config: Config, where: Path) -> Config:
    """A config with the entries of version 6, whichever version wrote it."""
    for name in ("activation_fn_kwargs", "metadata"):
        if not isinstance(config.get(name) or {}, dict):
            raise BrokenArtifact(
                f"{where} holds no settings under {name}: copy the file that SAELens wrote."
            )
    activation = config.get("activation_fn", config.get("activation_fn_str", "relu"))
    k = (config.get("activation_fn_kwargs") or {}).get("k")
    found = config.get("architecture", "standard")
    if found == "standard" and activation != "relu":
        found = str(activation)
    normalize = config.get("normalize_activations") or "none"
    hook = str(config.get("hook_name", config.get("hook_point", "")))
    return (
        {"apply_b_dec_to_input": True, "k": k}
        | config
        | {
            "architecture": found,
            "normalize_activations": "expected_average_only_in" if normalize is True else normalize,
            "reshape_activations": config.get(
                "reshape_activations", "hook_z" if "hook_z" in hook else "none"
            ),
        }
    )


def _check_expressible(config: Config, folder: Path) -> None:
    kind = config["architecture"]
    if kind not in _TENSORS:
        raise UserError(
            f"{folder} holds a SAELens SAE of the architecture {kind}, which none here computes; "
            f"those that can be loaded are {', '.join(_TENSORS)}. Of BatchTopK and Matryoshka "
            "training, load what SAELens saved for inference."
        )
    for name, reason in _REFUSED.items():
        if config[name] != "none":
            raise UserError(f"{folder} has {name}={config[name]}: {reason}.")


def _drop_scaling(tensors: dict[str, Tensor], where: Path) -> None:
    """Early versions wrote a factor for each feature, of ones where it was not fine-tuned."""
    factor = tensors.pop("scaling_factor", torch.ones(()))
    if not bool((factor == 1).all()):
        raise UserError(
            f"{where} has a fine-tuned scaling_factor, which only early versions of SAELens apply: "
            "multiply W_dec by it there and save the SAE again."
        )


def _assembled(
    kind: str, tensors: dict[str, Tensor], config: Config, where: Path
) -> SparseAutoencoder:
    reads_centred = bool(config["apply_b_dec_to_input"])
    if kind == "standard":
        kind = relu_architecture(tensors, where=where)
    if kind == "gated":
        tensors["b_enc"] = tensors.pop("b_gate")
    if kind == "jumprelu":
        # ReLU comes first, so a threshold below 0 cuts what 0 does.
        tensors["threshold"] = tensors["threshold"].clamp_min(0)
    if kind != "topk":
        return assemble(kind, tensors, where=where, reads_centred=reads_centred)
    k = whole_number(config["k"], name="k", where=where.with_name(CONFIG_FILE))
    sae = assemble("topk", tensors, where=where, reads_centred=reads_centred, k=k)
    if config.get("rescale_acts_by_decoder_norm"):
        _rescale_by_decoder_norm_(sae)
    return sae


@torch.no_grad()
def _rescale_by_decoder_norm_(sae: SparseAutoencoder) -> None:
    """SAELens multiplies pre-activations by the decoder's norms before it selects.

    An empty decoder row silences its feature.
    """
    norms = sae.W_dec.norm(dim=1)
    sae.W_enc.mul_(norms)
    sae.b_enc.mul_(norms)
    sae.W_dec.div_(norms.where(norms > 0, torch.ones_like(norms))[:, None])


def _trained_on(config: Config) -> dict[str, str | int | float]:
    metadata = config.get("metadata") or config
    ours = metadata.get("trained_on")
    if isinstance(ours, dict):
        return dict(ours) | {"training_settings": UNKNOWN_SETTINGS}
    known = {name: metadata.get(name) for name in ("model_name", "hook_name")}
    return origin("SAELens", **{n: v for n, v in known.items() if isinstance(v, str)})


def _folded(sae: SparseAutoencoder | NormalizedSAE) -> SparseAutoencoder:
    """A copy that reads the PLM's units and whose features are those of `sae`."""
    if not isinstance(sae, NormalizedSAE):
        return copy.deepcopy(sae).eval().fold_input_transform_()
    inner = _folded(sae.sae)
    if isinstance(inner, BatchTopKSAE):
        inner = _as_jump_relu(inner)
    if inner.features_compete:
        raise UserError(
            f"SAELens has no {inner.architecture} SAE whose features are fractions of their "
            "maximum: export the SAE itself."
        )
    return inner.fold_scale_(sae.scale)


def _as_jump_relu(sae: BatchTopKSAE) -> SparseAutoencoder:
    """What a BatchTopK SAE is in evaluation: one threshold for all features."""
    names = ("W_enc", "W_dec", "b_enc", "b_dec")
    tensors = {name: getattr(sae, name).detach() for name in names}
    tensors["threshold"] = sae.threshold.expand(sae.d_sae)
    return assemble("jumprelu", tensors, where=Path(sae.architecture))


def _exported(sae: SparseAutoencoder) -> tuple[str, dict[str, Tensor]]:
    """The architecture and the tensors, under SAELens's names."""
    kind, state = _KINDS.get(sae.architecture), sae.state_dict()
    if kind is None:
        raise UserError(
            f"SAELens has no architecture that computes a {sae.architecture} SAE: use the export "
            "that training wrote."
        )
    state["b_gate"] = state["b_enc"]
    if kind == "jumprelu":
        state["threshold"] = state["threshold"].expand(sae.d_sae)
    return kind, {name: state[name] for name in _TENSORS[kind]}


def _config_of(
    sae: SparseAutoencoder, kind: str, trained_on: Mapping[str, str | int | float]
) -> Config:
    config: Config = {
        "d_in": sae.d_in,
        "d_sae": sae.d_sae,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        "metadata": {
            "sae_lens_version": _FORMAT_VERSION,
            "model_name": trained_on.get("plm"),
            "hook_layer": trained_on.get("layer"),
            "trained_on": dict(trained_on),
        },
        "architecture": kind,
    }
    if isinstance(sae, TopKSAE):
        config |= {"k": sae.k, "rescale_acts_by_decoder_norm": False}
    return config
