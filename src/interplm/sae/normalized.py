"""SAEs whose features are fractions of their maximum."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact
from interplm.files.access import check_readable, telling_access
from interplm.files.atomic import written_aside
from interplm.files.checksum import checksum_of_values
from interplm.sae.base import SAEOutput, SparseAutoencoder
from interplm.sae.export import load_sae

MAXIMA_FILE = "maxima.safetensors"
_ABOUT = "about"


class NormalizedSAE(nn.Module):
    """features = encode(x) / scale;  x̂ = decode(features · scale).

    Thresholds mean the same for every feature, and reconstructions are those of the SAE (Simon &
    Zou 2024, Methods). It is a type of its own, so that raw features are never taken for these.

    Args:
        sae: kept as it is.
        scale: [d_sae], the maximum of each feature over a stated set of residues, and 1 for a
            feature that never fired; see `scale_of_maxima`.

    Raises:
        ValueError: for a scale of another shape, or with an entry that is not above zero.
    """

    scale: Tensor

    def __init__(self, sae: SparseAutoencoder, scale: Tensor) -> None:
        super().__init__()
        check_scale(scale, sae.d_sae)
        self.sae = sae
        self.register_buffer("scale", scale.detach().clone().to(sae.W_dec))

    @property
    def d_in(self) -> int:
        """Width of an activation."""
        return self.sae.d_in

    @property
    def d_sae(self) -> int:
        """Number of features."""
        return self.sae.d_sae

    @property
    def W_dec(self) -> Tensor:  # noqa: N802, the field's own symbol
        """[d_sae, d_in], what a feature at its maximum adds to the transformed activation."""
        return self.sae.W_dec * self.scale[:, None]

    def encode(self, x: Tensor) -> Tensor:
        """Activations [n_residues, d_in] to fractions of the maxima [n_residues, d_sae]."""
        return self.sae.encode(x) / self.scale

    def encode_features(self, x: Tensor, indices: Tensor) -> Tensor:
        """Some columns of `encode`, [n_residues, n_indices]; see SparseAutoencoder."""
        return self.sae.encode_features(x, indices) / self.scale[indices]

    def decode(self, features: Tensor, x: Tensor | None = None) -> Tensor:
        """Fractions of the maxima [n_residues, d_sae] to activations [n_residues, d_in]."""
        return self.sae.decode(features * self.scale, x)

    def forward(self, x: Tensor) -> SAEOutput:
        """Encode and decode; pre-activations are in the units of the features."""
        output = self.sae(x)
        return SAEOutput(
            output.reconstruction,
            output.features / self.scale,
            output.pre_activations / self.scale,
        )


def check_scale(scale: Tensor, n_features: int) -> None:
    """Raise ValueError unless `scale` is [n_features], finite and above zero."""
    if scale.shape != (n_features,):
        raise ValueError(f"scale must be [{n_features}], got {list(scale.shape)}.")
    if not (torch.isfinite(scale) & (scale > 0)).all():
        raise ValueError("scale must be finite and above zero for every feature.")


def scale_of_maxima(maxima: Tensor) -> Tensor:
    """The maxima [d_sae], with 1 for features that never fired, which nothing can divide."""
    return torch.where(maxima > 0, maxima, torch.ones_like(maxima))


def save_maxima(
    folder: Path,
    maxima: Tensor,
    *,
    n_residues: int,
    fingerprint: Mapping[str, str | int | float],
) -> None:
    """Write the maxima of an SAE's features beside its export.

    Args:
        folder: of the exported SAE.
        maxima: [d_sae], 0 for a feature that never fired.
        n_residues: over which they were taken.
        fingerprint: of the activations, plain values.
    """
    from safetensors.torch import save_file

    values = maxima.detach().float().cpu().contiguous()
    metadata = {name: str(value) for name, value in fingerprint.items()}
    metadata["n_residues"] = str(n_residues)
    with written_aside(folder / MAXIMA_FILE) as partial:
        tensors = {"maxima": values, "checksum": _checksum(values, metadata)}
        # One entry: safetensors writes several in no fixed order, and no two files would be alike.
        save_file(tensors, partial, metadata={_ABOUT: json.dumps(metadata, sort_keys=True)})


def load_maxima(folder: str | Path) -> tuple[Tensor, dict[str, str]]:
    """Read what `save_maxima` wrote: the maxima [d_sae], and n_residues with the fingerprint.

    Raises:
        MissingArtifact: if the folder has no such file.
        BrokenArtifact: if it is damaged.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(folder) / MAXIMA_FILE
    try:
        check_readable(path)
        with telling_access(path), safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = _metadata(file.metadata() or {})
    except FileNotFoundError as error:
        raise MissingArtifact(
            f"{path} does not exist: `python -m interplm.score run=<dir>` makes it."
        ) from error
    except (SafetensorError, json.JSONDecodeError) as error:
        raise BrokenArtifact(f"{path} is damaged ({error}): delete it and score again.") from error
    # Those of earlier versions have no checksum.
    maxima = tensors.pop("maxima", torch.empty(0))
    checksum = tensors.pop("checksum", _checksum(maxima, metadata))
    if tensors or not torch.equal(checksum, _checksum(maxima, metadata)):
        raise BrokenArtifact(
            f"{path} is damaged (it does not match its checksum): delete it and score again."
        )
    return maxima, metadata


def _metadata(found: Mapping[str, str]) -> dict[str, str]:
    """What `save_maxima` was given; earlier versions wrote an entry for each value."""
    if _ABOUT not in found:
        return dict(found)
    return {name: str(value) for name, value in json.loads(found[_ABOUT]).items()}


def _checksum(maxima: Tensor, metadata: Mapping[str, str]) -> Tensor:
    """Eight bytes."""
    digits = checksum_of_values({"maxima": maxima.tolist(), "metadata": dict(metadata)})
    return torch.tensor(list(bytes.fromhex(digits)), dtype=torch.uint8)


def load_normalized_sae(folder: str | Path) -> NormalizedSAE:
    """An exported SAE with the maxima beside it, in evaluation mode, on the CPU.

    Raises:
        MissingArtifact: if one of the files is not there.
        BrokenArtifact: if one is damaged.
        FingerprintMismatch: if the maxima are those of another SAE.
    """
    sae = load_sae(folder)
    maxima, _ = load_maxima(folder)
    if maxima.shape != (sae.d_sae,):
        raise FingerprintMismatch(
            f"{Path(folder) / MAXIMA_FILE} holds {maxima.numel()} maxima, but the SAE has "
            f"{sae.d_sae} features: delete it and score again."
        )
    return NormalizedSAE(sae, scale_of_maxima(maxima)).eval()
