"""SAEs of ESM C (Biohub): `config.json` and `layer_<i>.safetensors` for each layer.

x' = LN(x) - b_dec;  features = TopK(ReLU(x' W_enc)), with LN(x) = (x - μ) / (σ + 1e-5) over the
entries of each residue. Formulas and names are those of `esm/models/esmc/sae.py` of the package esm
3.4. There the reconstruction stays in the standardised space; here it comes back to the PLM's
units, as for every SAE. Layers count as ours do.
"""

import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.interchange.assembly import assemble
from interplm.interchange.imported import Imported, origin
from interplm.interchange.layout import Layout
from interplm.interchange.source import Source
from interplm.interchange.tensor_files import check_names
from interplm.sae import NormalizedSAE, ResidueStandardisation, SparseAutoencoder

NAME = "ESMC"
CONFIG_FILE = "config.json"
_FILE = re.compile(r"layer_(\d+)\.safetensors")
_UPDATES = "use_residual_update_instead_of_states"
_NAMES = ["W_enc", "W_dec", "b_dec", "idf", "max"]


def layer_file(config: dict[str, Any], layer: int | None) -> str | None:
    """The file of a layer; of the only one where none is asked for; None if it is for the user.

    Args:
        config: contents of `config.json` (Any: what JSON can hold).
        layer: that is wanted.
    """
    if config.get("model_type") != "esmc_sae":
        return None
    layers = config.get("available_layers") or []
    if layer is None and len(layers) == 1:
        layer = layers[0]
    return None if layer is None else f"layer_{layer}.safetensors"


def _recognises(source: Source) -> bool:
    if source.is_file:
        return {"W_enc", "W_dec", "idf", "max"} <= set(source.tensors)
    return source.settings(CONFIG_FILE).get("model_type") == "esmc_sae"


def _read(source: Source) -> Imported:
    config, where = source.settings(CONFIG_FILE), _weights(source)
    tensors = source.state_dict(where)
    check_names(tensors, _NAMES, what="an SAE of ESMC", where=where)
    stats = {name: tensors.pop(name) for name in ("idf", "max")}
    d_in, d_sae = tensors["W_enc"].shape
    sae = assemble(
        "topk",
        tensors | {"b_enc": torch.zeros(d_sae)},
        where=where,
        input_transform=ResidueStandardisation(d_in, eps=1e-5, correction=1, undone=True),
        k=source.k(config.get("k"), where=where.with_name(CONFIG_FILE) if config else where),
    )
    found: SparseAutoencoder | NormalizedSAE = sae
    if source.options.scale == "normalized":
        found = _normalized(sae, stats, where)
    state = _state_read(where.name, reads_updates=bool(config.get(_UPDATES)))
    facts = origin(source, NAME, files={"d_model": d_in, **state})
    return Imported(sae=found, format=NAME, trained_on=facts)


def _weights(source: Source) -> Path:
    if source.is_file:
        return source.weights_file
    config = source.settings(CONFIG_FILE)
    name = layer_file(config, source.options.layer)
    if name is None:
        raise UserError(
            f"{source.path} holds SAEs of several layers, {config.get('available_layers')}: choose "
            "one with layer=<number>, or give its file, layer_<number>.safetensors."
        )
    if not source.holds(name):
        raise MissingArtifact(
            f"{source.path / name} does not exist; {CONFIG_FILE} there speaks of the layers "
            f"{config.get('available_layers')}: choose one of them, or fetch the file."
        )
    return source.path / name


def _state_read(file: str, *, reads_updates: bool) -> dict[str, str | int]:
    """What the SAE reads, by the number in its file's name; nothing if there is none."""
    found = _FILE.fullmatch(file)
    if found is None:
        return {}
    layer = int(found[1])
    # Layer 0 has none before it, and stays the state itself.
    if reads_updates and layer > 0:
        return {"reads": f"the update of layer {layer}: its state less that of layer {layer - 1}"}
    return {"layer": layer}


def _normalized(sae: SparseAutoencoder, stats: dict[str, Tensor], where: Path) -> NormalizedSAE:
    """Features / max · idf, as `normalize_sae=True` gives them there."""
    if all(bool((values == 1).all()) for values in stats.values()):
        raise UserError(
            f"{where} comes without statistics (its idf and max are ones), so its features cannot "
            "be normalised: leave scale=default, and score the SAE, which takes its maxima."
        )
    maxima, idf = stats["max"], stats["idf"]
    # A feature of every protein has an idf of 0, and one that never fired no maximum.
    scale = torch.where(maxima > 0, maxima / idf.clamp_min(1e-30), torch.ones_like(maxima))
    try:
        return NormalizedSAE(sae, scale).eval()
    except ValueError as error:
        raise BrokenArtifact(
            f"idf and max of {where} are no statistics of features ({error}): download it again, "
            "or leave scale=default."
        ) from error


LAYOUT = Layout(
    name=NAME,
    looked_for=f"{CONFIG_FILE} with model_type esmc_sae, or tensors W_enc, W_dec, idf and max",
    recognises=_recognises,
    read=_read,
    has_layers=True,
)
