"""Names of PLMs and SAEs as people say them."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

_ARCHITECTURES = {
    "topk": "TopK", "batchtopk": "BatchTopK", "jumprelu": "JumpReLU", "relu": "ReLU",
    "relu_squared": "ReLU, squared penalty", "relu_decoder_norm": "ReLU, decoder norm",
    "gated": "Gated", "matryoshka": "Matryoshka", "p_anneal": "p-annealing",
}  # fmt: skip
REPRESENTATIONS = {
    "sae": "SAE", "neurons": "Neurons", "random_sae": "Random SAE", "pca": "Principal components",
    "untrained_plm_sae": "SAE of an untrained PLM",
}  # fmt: skip


_PLMS = {"antiberty": "AntiBERTy", "esm2_demo": "ESM-2 (bundled demo)"}


def plm_name(name: str) -> str:
    """`esm2_8m` as "ESM-2 8M"; a name that is not known stays as it is."""
    model, control = _without_control(name)
    match = re.fullmatch(r"esm2_(?:t\d+_)?(\d+)([mb])(?:_ur50d)?", model, re.IGNORECASE)
    said = f"ESM-2 {match[1]}{match[2].upper()}" if match else _PLMS.get(model, model)
    return f"{said}, {control}" if control else said


def _without_control(name: str) -> tuple[str, str]:
    """A PLM's name, and which control it is of that PLM: "shuffled 0" of `esm2_8m_shuffled0`."""
    match = re.fullmatch(r"(.+)_(shuffled|untrained)(\d+)", name)
    return (match[1], f"{match[2]} {match[3]}") if match else (name, "")


def architecture_name(architecture: str) -> str:
    """`topk` as "TopK"."""
    return _ARCHITECTURES.get(architecture, architecture)


def sae_name(meta: Mapping[str, Any], n_features: int) -> str:  # Any: as the database's meta is
    """Architecture, sparsity and width: "TopK k = 32, 10,240 features"."""
    settings = meta.get("settings") or {}
    sparsity = f" k = {settings['k']}" if isinstance(settings.get("k"), int) else ""
    name = architecture_name(str(meta.get("architecture", "SAE")))
    return f"{name}{sparsity}, {n_features:,} features"


def run_name(meta: Mapping[str, Any], n_features: int) -> str:
    """PLM, layer and SAE in one line."""
    plm = plm_name(str(meta.get("plm", "unknown PLM")))
    return f"{plm} · layer {meta.get('layer', '?')} · {sae_name(meta, n_features)}"


def own_parts(names: Sequence[str]) -> list[str]:
    """What is left of each name without the words that all begin with; "" where that is nothing.

    Of `layer3_topk` and `layer3_topk_seed1`: "" and "seed1".
    """
    words = [name.split("_") for name in names]
    alike = (len(set(of_all)) == 1 for of_all in zip(*words, strict=False))
    n_shared = len(list(takewhile(bool, alike)))
    return ["_".join(parts[n_shared:]) for parts in words]
