"""SAEs in the layout of Neel Nanda's 1L-Sparse-Autoencoder, as Villegas Garcia & Ansuini publish.

`config.json` holds their settings under `cfg`, `model.safetensors` W_enc, b_enc, W_dec and b_dec,
by the hub's PyTorchModelHubMixin: features = ReLU((x - b_dec) W_enc + b_enc)
(github.com/edithvillegas/plm-sae, `sae/SAE_methods.py`).
"""

from typing import Any

from interplm.interchange.assembly import assemble, relu_architecture
from interplm.interchange.imported import Imported, origin
from interplm.interchange.layout import Layout
from interplm.interchange.publications import layer_of_hook
from interplm.interchange.source import Source
from interplm.interchange.tensor_files import check_names

NAME = "1L-Sparse-Autoencoder"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
_MATRICES = ["W_enc", "b_enc", "W_dec", "b_dec"]


def settings_of(config: dict[str, Any]) -> dict[str, Any]:
    """The SAE's settings in a config of this layout, and nothing of another (Any: JSON's types)."""
    cfg = config.get("cfg")
    return cfg if isinstance(cfg, dict) and {"act_size", "dict_size"} <= set(cfg) else {}


def _recognises(source: Source) -> bool:
    return bool(settings_of(source.settings(CONFIG_FILE)))


def _read(source: Source) -> Imported:
    cfg = settings_of(source.settings(CONFIG_FILE))
    where = source.weights_file if source.is_file else source.folder / WEIGHTS_FILE
    tensors = source.state_dict(where)
    check_names(tensors, _MATRICES, what="a 1L-Sparse-Autoencoder", where=where)
    sae = assemble(relu_architecture(tensors, where=where), tensors, where=where)
    facts = origin(
        source,
        NAME,
        files={"plm": cfg.get("model_name"), "layer": _layer(cfg), "d_model": sae.d_in},
        said={name: cfg.get(name) for name in ("model_name", "site")},
    )
    return Imported(sae=sae, format=NAME, trained_on=facts)


def _layer(cfg: dict[str, Any]) -> int | None:
    """Its layer counts blocks from 0; their output is read unless `site` names another place."""
    block, site = cfg.get("layer"), str(cfg.get("site") or "resid_post")
    return layer_of_hook(f"blocks.{block}.hook_{site}") if isinstance(block, int) else None


LAYOUT = Layout(
    name=NAME,
    looked_for=f"{CONFIG_FILE} with cfg.act_size and cfg.dict_size",
    recognises=_recognises,
    read=_read,
)
