"""A feature pack as a folder of a few files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact
from interplm.files.access import check_readable, telling_access
from interplm.files.atomic import written_aside
from interplm.files.checksum import checksum_of_values, sha256_of
from interplm.files.parsing import parsed_yaml
from interplm.packs.label import FeatureLabel, read_labels, write_labels
from interplm.sae.export import DESCRIPTION_FILE, WEIGHTS_FILE, read_description, save_sae
from interplm.sae.normalized import MAXIMA_FILE, NormalizedSAE, load_normalized_sae, save_maxima

SCHEMA_VERSION = 2
PACK_FILE = "pack.yaml"
LABELS_FILE = "labels.tsv"
LOGOS_FILE = "logos.safetensors"
_NAMES = {
    "kind", "schema_version", "plm", "layer", "n_features", "n_labels", "about", "sha256"
}  # fmt: skip
FILES = (WEIGHTS_FILE, DESCRIPTION_FILE, MAXIMA_FILE, LABELS_FILE, LOGOS_FILE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeaturePack:
    """An SAE, what its features stand for, and what it is to be fed with.

    Attributes:
        sae: features are fractions of their maxima; in evaluation mode, on the CPU.
        labels: by feature; features without a label are missing.
        logos: how often each of the twenty residues, in the order of `interplm.proteins.alphabet`,
            stands around the peaks of a feature, uint8 [2 reach + 1, 20] by feature.
        trained_on: the fingerprint of the activations: plm, layer, weights_sha256 and others.
        about: plain values for people: on which proteins and annotations labels were measured, how
            strengths are worded; Any: what YAML can hold.
    """

    sae: NormalizedSAE
    labels: dict[int, FeatureLabel]
    logos: dict[int, Tensor]
    trained_on: dict[str, str | int | float]
    about: dict[str, Any]

    @property
    def layer(self) -> int:
        """Of the PLM that the SAE reads."""
        return int(self.trained_on["layer"])


def save_pack(pack: FeaturePack, folder: Path) -> None:
    """Write a pack; its description comes last, so that a folder with one is whole.

    Args:
        pack: what to write.
        folder: made if needed.
    """
    import yaml
    from safetensors.torch import save_file

    save_sae(pack.sae.sae, folder, fingerprint=pack.trained_on)
    save_maxima(folder, pack.sae.scale, n_residues=0, fingerprint=pack.trained_on)
    write_labels(pack.labels.values(), folder / LABELS_FILE)
    with written_aside(folder / LOGOS_FILE) as partial:
        save_file(
            {str(feature): logo.contiguous() for feature, logo in pack.logos.items()}, partial
        )
    description = {
        "kind": "pack",
        "schema_version": SCHEMA_VERSION,
        "plm": pack.trained_on.get("plm"),
        "layer": pack.trained_on.get("layer"),
        "n_features": pack.sae.d_sae,
        "n_labels": len(pack.labels),
        "about": pack.about,
        "sha256": {name: sha256_of(folder / name) for name in FILES},
    }
    # First, since a file that is cut loses its end.
    description = {"checksum": checksum_of_values(description)} | description
    with written_aside(folder / PACK_FILE) as partial:
        partial.write_text(yaml.safe_dump(description, sort_keys=False), encoding="utf-8")


def load_pack(folder: str | Path) -> FeaturePack:
    """Read a pack; nothing in it is unpickled, imported or run.

    Raises:
        MissingArtifact: if the folder is no pack, or lacks a file.
        BrokenArtifact: if a file is damaged or of another version.
        FingerprintMismatch: if a label is of a feature that the SAE does not have.
    """
    folder = Path(folder)
    description = read_pack_description(folder)
    _check_files(folder, description)
    sae = load_normalized_sae(folder)
    labels = read_labels(folder / LABELS_FILE)
    beyond = [feature for feature in labels if not 0 <= feature < sae.d_sae]
    if beyond:
        raise FingerprintMismatch(
            f"{folder / LABELS_FILE} labels feature {beyond[0]}, but the SAE has {sae.d_sae}: get "
            "the whole pack again."
        )
    return FeaturePack(
        sae=sae,
        labels=labels,
        logos=_read_logos(folder / LOGOS_FILE),
        trained_on=dict(read_description(folder)["trained_on"]),
        about=description["about"],
    )


def read_pack_description(folder: Path) -> dict[str, Any]:
    """The contents of `pack.yaml` (Any: what YAML can hold).

    Raises:
        MissingArtifact: if there is none.
        BrokenArtifact: if it is damaged, or of another version.
    """
    path = folder / PACK_FILE
    try:
        found = parsed_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingArtifact(
            f"{folder} is no feature pack (it has no {PACK_FILE}): give the folder `pack` that "
            "scoring writes, or one that was downloaded whole."
        ) from error
    except ValueError as error:
        raise BrokenArtifact(f"{path} is damaged: get the whole pack again.") from error
    if not isinstance(found, dict) or found.get("kind") != "pack":
        raise BrokenArtifact(f"{path} does not describe a feature pack: give the folder of one.")
    if found.get("schema_version") != SCHEMA_VERSION:
        raise BrokenArtifact(
            f"{path} has schema version {found.get('schema_version')}, this InterPLM reads "
            f"{SCHEMA_VERSION}: score again, or install the version that wrote it."
        )
    if not _is_whole(found):
        raise BrokenArtifact(f"{path} is damaged: get the whole pack again.")
    return found


def _is_whole(found: dict[str, Any]) -> bool:
    # Packs of earlier versions have no checksum.
    checksum = found.pop("checksum", None)
    return (
        found.keys() == _NAMES
        and isinstance(found["about"], dict)
        and isinstance(found["sha256"], dict)
        and found["sha256"].keys() == {*FILES}
        and checksum in (None, checksum_of_values(found))
    )


def pack_sha256(folder: Path) -> str:
    """Identity of a pack: of the checksums of its files."""
    checksums: Mapping[str, str] = read_pack_description(folder)["sha256"]
    text = "\n".join(f"{name} {checksums[name]}" for name in sorted(checksums))
    return hashlib.sha256(text.encode()).hexdigest()


def _check_files(folder: Path, description: Mapping[str, Any]) -> None:
    for name, wanted in description["sha256"].items():
        path = folder / name
        if not path.is_file():
            raise MissingArtifact(f"{path} does not exist: get the whole pack again.")
        check_readable(path)
        if sha256_of(path) != wanted:
            raise BrokenArtifact(
                f"{path} is not the file that the pack was made with: get the whole pack again."
            )


def _read_logos(path: Path) -> dict[int, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        with telling_access(path):
            return {int(name): logo for name, logo in load_file(path).items()}
    except (SafetensorError, ValueError) as error:
        raise BrokenArtifact(f"{path} is damaged ({error}): get the whole pack again.") from error
