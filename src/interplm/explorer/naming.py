"""Names of PLMs and SAEs as people say them."""

import re
from collections.abc import Mapping
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


def plm_name(name: str) -> str:
    """`esm2_8m` as "ESM-2 8M"; a name that is not known stays as it is."""
    match = re.fullmatch(r"esm2_(\d+)([mb])(.*)", name)
    if match is not None:
        return f"ESM-2 {match[1]}{match[2].upper()}{match[3].replace('_', ' ')}"
    return "ESM-2 (bundled demo)" if name == "esm2_demo" else name


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
