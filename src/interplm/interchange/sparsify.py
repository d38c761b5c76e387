"""SAEs and transcoders of EleutherAI's sparsify: a folder of `cfg.json` and `sae.safetensors`.

features = TopK(ReLU((x - b_dec) encoder + bias)), or the maxima of k groups for `groupmax`; a
transcoder reads x itself. Formulas and names are those of `sparsify/sparse_coder.py` of its version
1.3. The folder is named after the module whose output is read, such as layers.3.
"""

from typing import Any

import torch
from torch import Tensor

from interplm.errors import UserError
from interplm.interchange.assembly import assemble, transcoder
from interplm.interchange.imported import Imported, origin
from interplm.interchange.layout import Layout
from interplm.interchange.publications import layer_of_hook
from interplm.interchange.source import Source
from interplm.interchange.tensor_files import check_names, read_json
from interplm.sae import SparseAutoencoder

NAME = "sparsify"
CONFIG_FILE = "cfg.json"
WEIGHTS_FILE = "sae.safetensors"
_NAMES = ["encoder.weight", "encoder.bias", "W_dec", "b_dec"]
# What the package takes where an entry is not there.
_DEFAULTS = {"activation": "topk", "k": 32, "transcode": False, "skip_connection": False}
Config = dict[str, Any]  # Any: what JSON can hold


def _recognises(source: Source) -> bool:
    config = source.settings(CONFIG_FILE)
    return "d_in" in config and bool({"expansion_factor", "num_latents"} & set(config))


def _read(source: Source) -> Imported:
    config = _DEFAULTS | source.settings(CONFIG_FILE)
    where = source.folder / WEIGHTS_FILE
    tensors = source.state_dict(where)
    names = [*_NAMES, *["W_skip"] * bool(config["skip_connection"])]
    check_names(tensors, names, what="a coder of sparsify", where=where)
    predicts = config["transcode"] or config["skip_connection"]
    sae = (_transcoder if predicts else _autoencoder)(tensors, config, source)
    facts = origin(
        source,
        NAME,
        files={
            "plm": _model(source),
            "d_model": sae.d_in,
            **_state_read(source.folder.name, transcodes=bool(config["transcode"])),
        },
        said={"hookpoint": source.folder.name},
    )
    return Imported(sae=sae, format=NAME, trained_on=facts)


def _autoencoder(tensors: dict[str, Tensor], config: Config, source: Source) -> SparseAutoencoder:
    activation = config["activation"]
    if activation not in ("topk", "groupmax"):
        raise UserError(
            f"{source.folder} has the activation {activation}, which no architecture here "
            "computes; those that can be loaded are topk and groupmax."
        )
    where = source.folder / WEIGHTS_FILE
    named = {"W_enc": tensors["encoder.weight"].T, "b_enc": tensors["encoder.bias"]}
    named |= {name: tensors[name] for name in ("W_dec", "b_dec")}
    return assemble(activation, named, where=where, k=_k(config, source))


def _transcoder(tensors: dict[str, Tensor], config: Config, source: Source) -> SparseAutoencoder:
    if config["activation"] != "topk":
        raise UserError(
            f"{source.folder} holds a transcoder with the activation {config['activation']}; only "
            "transcoders with topk can be loaded."
        )
    bias = tensors["b_dec"]
    named = {
        "W_enc": tensors["encoder.weight"].T,
        "b_enc": tensors["encoder.bias"],
        "W_dec": tensors["W_dec"],
        "b_out": bias,
        "b_dec": torch.zeros_like(bias) if config["transcode"] else bias,
    }
    if config["skip_connection"]:
        named["W_skip"] = tensors["W_skip"].T
    where = source.folder / WEIGHTS_FILE
    return transcoder(named, where=where, activation="topk", k=_k(config, source))


def _k(config: Config, source: Source) -> int:
    return source.k(config["k"], where=source.folder / CONFIG_FILE)


def _state_read(hookpoint: str, *, transcodes: bool) -> dict[str, str | int]:
    if transcodes:
        return {"reads": f"the input of the module {hookpoint}"}
    layer = layer_of_hook(hookpoint)
    return {"reads": f"the output of the module {hookpoint}"} if layer is None else {"layer": layer}


def _model(source: Source) -> str | None:
    """The PLM, from the config of the run, which lies above the folder of each hookpoint."""
    run = source.folder.parent / "config.json"
    model = read_json(run).get("model") if run.is_file() else None
    return model if isinstance(model, str) else None


LAYOUT = Layout(
    name=NAME,
    looked_for=f"{CONFIG_FILE} with d_in and expansion_factor",
    recognises=_recognises,
    read=_read,
)
