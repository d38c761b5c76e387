"""SAEs as SAELens keeps them: `cfg.json` and `sae_weights.safetensors`, for its readers."""

import copy
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from interplm.errors import UserError
from interplm.files.atomic import written_aside
from interplm.interchange.assembly import assemble
from interplm.interchange.sae_lens import CONFIG_FILE, TENSORS, WEIGHTS_FILE
from interplm.interchange.sae_lens_inputs import LN_EPS
from interplm.sae import (
    AffineTransform,
    BatchTopKSAE,
    InputTransform,
    ResidueNormalisation,
    ResidueStandardisation,
    SparseAutoencoder,
    TopKSAE,
)
from interplm.sae.normalized import NormalizedSAE

# Whose reader takes what we write; a config without a version is read as one of before 6.
_FORMAT_VERSION = "6.0.0"
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


def _folded(sae: SparseAutoencoder | NormalizedSAE) -> SparseAutoencoder:
    """A copy that reads the PLM's units and whose features are those of `sae`.

    A transform that treats each residue by itself stays: SAELens has two of them.
    """
    if not isinstance(sae, NormalizedSAE):
        alone = copy.deepcopy(sae).eval()
        is_affine = isinstance(alone.input_transform, AffineTransform)
        return alone.fold_input_transform_() if is_affine else alone
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
    return kind, {name: state[name] for name in TENSORS[kind]}


def _normalization(transform: InputTransform, d_in: int) -> str:
    """SAELens's name for a transform, the affine one being folded."""
    if isinstance(transform, AffineTransform):
        return "none"
    settings = transform.settings()
    of_layer_norm = {"eps": LN_EPS, "correction": 1, "undone": True}
    if isinstance(transform, ResidueStandardisation) and settings == of_layer_norm:
        return "layer_norm"
    if isinstance(transform, ResidueNormalisation):
        is_theirs = settings == {"norm": math.sqrt(d_in), "undone": True}
        if is_theirs and not bool(transform.centre.any()):
            return "constant_norm_rescale"
    raise UserError(
        f"SAELens has no {transform.kind.replace('_', ' ')} with {settings} of what an "
        "SAE reads: use the export in InterPLM's format."
    )


def _config_of(
    sae: SparseAutoencoder, kind: str, trained_on: Mapping[str, str | int | float]
) -> dict[str, Any]:  # Any: what JSON can hold
    config: dict[str, Any] = {
        "d_in": sae.d_in,
        "d_sae": sae.d_sae,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": _normalization(sae.input_transform, sae.d_in),
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
