"""The published ESM-2 models and where their checkpoints lie."""

from dataclasses import dataclass
from pathlib import Path

import torch

from interplm.errors import MissingArtifact, UserError
from interplm.files.download import download


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """Sizes of an ESM-2."""

    n_layers: int
    d_model: int
    n_heads: int


# Lin et al. 2023, doi:10.1126/science.ade2574, table S1.
ESM2_MODELS = {
    "esm2_t6_8M_UR50D": Architecture(n_layers=6, d_model=320, n_heads=20),
    "esm2_t12_35M_UR50D": Architecture(n_layers=12, d_model=480, n_heads=20),
    "esm2_t30_150M_UR50D": Architecture(n_layers=30, d_model=640, n_heads=20),
    "esm2_t33_650M_UR50D": Architecture(n_layers=33, d_model=1280, n_heads=20),
    "esm2_t36_3B_UR50D": Architecture(n_layers=36, d_model=2560, n_heads=40),
    "esm2_t48_15B_UR50D": Architecture(n_layers=48, d_model=5120, n_heads=40),
}


def published_architecture(model: str) -> Architecture:
    """Sizes of a published model.

    Raises:
        UserError: for another name.
    """
    if model not in ESM2_MODELS:
        raise UserError(f"{model} is not one of {', '.join(ESM2_MODELS)}: correct plm.model.model.")
    return ESM2_MODELS[model]


def torch_hub_checkpoint(model: str, hub_folder: Path | None = None) -> Path:
    """Where torch, and with it fair-esm, keeps a checkpoint; it need not be there.

    Args:
        model: published name.
        hub_folder: instead of torch's own.
    """
    return (hub_folder or Path(torch.hub.get_dir())) / "checkpoints" / f"{model}.pt"


def locate_esm2_weights(
    model: str, *, weights: Path | None, base_url: str | None, hub_folder: Path | None
) -> Path:
    """The checkpoint of a model: a local file, the torch hub's, or downloaded into the hub.

    Args:
        model: published name; any name where `weights` is given.
        weights: a local checkpoint.
        base_url: address of the published files, without the file's name; None never downloads.
        hub_folder: instead of torch's hub folder.

    Raises:
        MissingArtifact: if `weights` does not exist, or a download is needed but not allowed.
        UserError: for an unknown name, or a download that fails.
    """
    if weights is not None:
        if not weights.is_file():
            raise MissingArtifact(f"{weights} does not exist: correct plm.weights.")
        return weights
    published_architecture(model)
    path = torch_hub_checkpoint(model, hub_folder)
    if path.is_file():
        return path
    if base_url is None:
        raise MissingArtifact(
            f"{path} does not exist: download it there, or give plm.weights=<file>."
        )
    return download(f"{base_url.rstrip('/')}/{model}.pt", path)
