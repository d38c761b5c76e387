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
from interplm.interchange.layout import Layout
from interplm.interchange.source import Source
from interplm.interchange.tensor_files import (
    check_names,
    read_yaml,
    whole_number,
)
from interplm.sae import SparseAutoencoder
from interplm.sae.normalized import NormalizedSAE, scale_of_maxima

NAME = "original InterPLM"
NORMALIZED = "ae_normalized.pt"
FILES = ("ae.pt", "ae_unnormalized.pt", NORMALIZED)
CONFIG_FILE = "config.yaml"

_LINEAR = {"encoder.weight", "encoder.bias", "decoder.weight"}
_RELU = _LINEAR | {"bias"}
_TIED = _LINEAR | {"decoder.bias"}
_JUMPRELU = _TIED | {"threshold"}
_SELECTING = _LINEAR | {"b_dec", "k", "threshold"}


def _recognises(source: Source) -> bool:
    if source.is_file:
        return "encoder.weight" in source.tensors and "decoder.weight" in source.tensors
    return any(source.holds(name) for name in FILES)


def _read(source: Source) -> Imported:
    """Features as the toolkit's own loader gives them, or as `scale` says.

    A NormalizedSAE stands for maxima that are kept beside the weights, by which the toolkit divides
    when asked for normalised features. A feature with a maximum of 0 is never divided.
    """
    where = source.weights_file if source.is_file else _file_in(source)
    tensors = source.state_dict(where)
    if bool(tensors.pop("normalize_to_sqrt_d", torch.tensor(False)).any()):
        raise UserError(
            f"{where} was trained with normalize_to_sqrt_d, under which the toolkit's encode and "
            "forward give different features, so that nobody can say which are meant: train it "
            "without that setting."
        )
    maxima = tensors.pop("activation_rescale_factor", None)
    sae = _of_tensors(tensors, where)
    found: SparseAutoencoder | NormalizedSAE = sae
    # Ones are what version 1.0 writes before it has taken the maxima.
    if maxima is not None and not bool((maxima == 1).all()) and source.options.scale != "raw":
        found = _normalized(sae, maxima, where)
    elif maxima is None and where.name == NORMALIZED and source.options.scale == "raw":
        raise UserError(
            f"{where} has the maxima of the features folded into its weights, which cannot be "
            f"undone: give {FILES[1]}, or leave scale=default."
        )
    return Imported(sae=found, format=NAME, trained_on=_origin(source, d_model=sae.d_in))


def _origin(source: Source, *, d_model: int) -> dict[str, str | int | float]:
    """PLM and layer, which the toolkit counts as we do, from the config of either release."""
    first = source.settings("config.json").get("trainer")
    trainer = first if isinstance(first, dict) else {}
    later = read_yaml(source.folder / CONFIG_FILE) if source.holds(CONFIG_FILE) else {}
    fidelity = later.get("eval_cfg")
    fidelity = fidelity if isinstance(fidelity, dict) else {}
    plm = trainer.get("plm_name") or fidelity.get("model_name") or later.get("plm")
    layers = [trainer.get("layer"), fidelity.get("layer_idx"), later.get("layer")]
    layer = next((layer for layer in layers if isinstance(layer, int)), None)
    return origin(source, NAME, files={"plm": plm, "layer": layer, "d_model": d_model})


def _file_in(source: Source) -> Path:
    """Of several files the one that the toolkit's own loader takes.

    That is `ae.pt` of a training run, and the normalised one of what is published.
    """
    order = {
        "default": (FILES[0], NORMALIZED, FILES[1]),
        "raw": (*FILES[:2], NORMALIZED),
        "normalized": (NORMALIZED,),
    }[source.options.scale]
    for name in order:
        if source.holds(name):
            return source.folder / name
    raise MissingArtifact(
        f"{source.path} holds no {' or '.join(order)}: leave scale=default, or give a folder that "
        "has it."
    )


def _of_tensors(tensors: dict[str, Tensor], where: Path) -> SparseAutoencoder:
    names = set(tensors)
    if names == _SELECTING:
        return _selecting(tensors, where)
    if names == _JUMPRELU:
        return _reading_x("jumprelu", tensors, where)
    if names == _TIED:
        return _reading_x("relu_decoder_norm", tensors, where)
    check_names(tensors, _RELU, what="an SAE of a kind that is known", where=where)
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


LAYOUT = Layout(
    name=NAME,
    looked_for=", ".join(FILES) + " or tensors encoder.weight and decoder.weight",
    recognises=_recognises,
    read=_read,
)
