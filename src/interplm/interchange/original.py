"""SAEs of the original InterPLM toolkit (Simon & Zou), of its first release and of version 1.0.

Both keep `ae.pt`, a state dict (`ae_unnormalized.pt` where they were published), and
`ae_normalized.pt`, in which features are fractions of their maximum m. The first release knows
ReLU SAEs alone, and folds m into the weights: W_enc / m, b_enc / m, m W_dec. Version 1.0 has other
architectures too, writes `config.yaml` beside, and keeps the weights and m, as
`activation_rescale_factor`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.interchange.assembly import (
    assemble,
    check_matrices,
    linear_layers,
    relu_architecture,
)
from interplm.interchange.imported import Imported, origin
from interplm.interchange.tensor_files import (
    check_names,
    read_state_dict,
    read_yaml,
    whole_number,
)
from interplm.sae import SparseAutoencoder
from interplm.sae.normalized import NormalizedSAE, scale_of_maxima

FILES = ("ae.pt", "ae_unnormalized.pt", "ae_normalized.pt")
CONFIG_FILE = "config.yaml"

_LINEAR = {"encoder.weight", "encoder.bias", "decoder.weight"}
_RELU = _LINEAR | {"bias"}
_TIED = _LINEAR | {"decoder.bias"}
_JUMPRELU = _TIED | {"threshold"}
_SELECTING = _LINEAR | {"b_dec", "k", "threshold"}


def load_original(path: str | Path) -> Imported:
    """Load an SAE of the original toolkit.

    Args:
        path: a file, or a folder; of a folder with several the first of `FILES` is taken, so that
            features are in the units of the activations if they can be.

    Returns:
        Features as the file's `encode` gives them; a NormalizedSAE for maxima kept beside the
        weights, which the toolkit divides by when asked for normalised features. A feature with
        a maximum of 0 is never divided.

    Raises:
        MissingArtifact: if there is no such file.
        BrokenArtifact: if it is damaged or of none of the toolkit's architectures.
        UserError: if it scales every activation by its own norm, which no SAE of ours does.
    """
    where = _file_in(Path(path))
    tensors = read_state_dict(where)
    if bool(tensors.pop("normalize_to_sqrt_d", torch.tensor(False)).any()):
        raise UserError(
            f"{where} scales every activation to the norm √d before it encodes "
            "(normalize_to_sqrt_d), which an SAE here cannot: train it without that setting."
        )
    maxima = tensors.pop("activation_rescale_factor", None)
    sae = _read(tensors, where)
    # Ones are what version 1.0 writes before it has taken the maxima.
    if maxima is None or bool((maxima == 1).all()):
        found: SparseAutoencoder | NormalizedSAE = sae
    else:
        found = _normalized(sae, maxima, where)
    return Imported(sae=found, format="original InterPLM", trained_on=origin("original InterPLM"))


def _file_in(path: Path) -> Path:
    if not path.is_dir():
        return path
    for name in FILES:
        if (path / name).exists():
            return path / name
    raise MissingArtifact(
        f"{path} holds none of {', '.join(FILES)}: give the folder or the file of an SAE of the "
        "original InterPLM."
    )


def _read(tensors: dict[str, Tensor], where: Path) -> SparseAutoencoder:
    names = set(tensors)
    if names == _SELECTING:
        return _selecting(tensors, where)
    if names == _JUMPRELU:
        return _reading_x("jumprelu", tensors, where)
    if names == _TIED:
        return _reading_x("relu_decoder_norm", tensors, where)
    check_names(tensors, _RELU, what="a ReLU SAE, or of any other kind,", where=where)
    named = linear_layers(tensors, where=where) | {"b_dec": tensors["bias"]}
    named = _without_dead(named, where)
    return assemble(relu_architecture(named, where=where), named, where=where)


def _reading_x(architecture: str, tensors: Mapping[str, Tensor], where: Path) -> SparseAutoencoder:
    """Architectures whose encoder reads x; the decoder's bias is ours to subtract and add."""
    named = linear_layers(tensors, where=where)
    if "threshold" in tensors:
        # Above a negative threshold ReLU is what cuts.
        named["threshold"] = tensors["threshold"].clamp_min(0)
    return assemble(architecture, named, where=where, reads_centred=False)


def _selecting(tensors: Mapping[str, Tensor], where: Path) -> SparseAutoencoder:
    """TopK and BatchTopK hold tensors of the same names; only the config tells them apart."""
    named = linear_layers(tensors, where=where) | {"b_dec": tensors["b_dec"]}
    k = whole_number(tensors["k"], name="k", where=where)
    architecture = _trained_by(where.with_name(CONFIG_FILE))
    if architecture == "batchtopk":
        # -1 until it is learnt, and ReLU comes first: everything positive fires.
        named["threshold"] = tensors["threshold"].clamp_min(0)
    return assemble(architecture, named, where=where, k=k)


def _trained_by(config: Path) -> str:
    """The architecture of a run, by entries that one trainer alone has.

    The toolkit's own reader goes by `auxk_alpha`, which both have, and takes every TopK SAE for a
    BatchTopK one.
    """
    if not config.exists():
        raise MissingArtifact(
            f"{config} does not exist, and without it nobody can tell a TopK SAE from a BatchTopK "
            "one: copy it from the training run."
        )
    trainer: Any = read_yaml(config).get("trainer_cfg")  # Any: as YAML gives it
    if isinstance(trainer, dict) and trainer.get("trainer_name") == "TopKTrainer":
        return "topk"
    if isinstance(trainer, dict) and "dead_feature_threshold" in trainer:
        return "batchtopk"
    raise UserError(
        f"{config} does not say whether TopK or BatchTopK was trained: put `trainer_name: "
        "TopKTrainer`, or the `dead_feature_threshold` of a BatchTopK run, under `trainer_cfg`."
    )


def _normalized(sae: SparseAutoencoder, maxima: Tensor, where: Path) -> NormalizedSAE:
    try:
        return NormalizedSAE(sae, scale_of_maxima(maxima)).eval()
    except ValueError as error:
        raise BrokenArtifact(
            f"activation_rescale_factor of {where} holds no maxima ({error}): normalise the SAE "
            "again."
        ) from error


def _without_dead(named: dict[str, Tensor], where: Path) -> dict[str, Tensor]:
    """Silence features that the first release divided by a maximum of 0.

    They have an empty decoder and an encoder of infinities; they never fired, and never will.
    """
    check_matrices(named, where=where)
    empty = (named["W_dec"] == 0).all(dim=1)
    dead = empty & ~(named["W_enc"].isfinite().all(dim=0) & named["b_enc"].isfinite())
    return named | {name: named[name].masked_fill(dead, 0) for name in ("W_enc", "b_enc")}
