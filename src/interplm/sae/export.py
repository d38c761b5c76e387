"""SAEs as folders: `sae.safetensors` holds the tensors, `sae.yaml` says what they are.

Reading needs torch, safetensors and PyYAML; nothing is unpickled and no code is named by a file.
"""

import contextlib
import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from interplm.errors import UNEXPECTED, BrokenArtifact, MissingArtifact, tells_of_memory
from interplm.files.access import check_readable, telling_access
from interplm.files.atomic import written_aside
from interplm.files.checksum import checksum_of_values, sha256_of
from interplm.files.parsing import parsed_yaml
from interplm.plugins import load_plugins
from interplm.sae.base import SparseAutoencoder
from interplm.sae.input_transform import AffineTransform, InputTransform

SCHEMA_VERSION = 1
WEIGHTS_FILE = "sae.safetensors"
DESCRIPTION_FILE = "sae.yaml"
_NAMES = {"architecture", "settings", "trained_on"}


def save_sae(
    sae: SparseAutoencoder, folder: Path, *, fingerprint: Mapping[str, str | int | float]
) -> None:
    """Write an SAE to a folder.

    Args:
        sae: any architecture.
        folder: made if needed; an SAE already there is replaced.
        fingerprint: what the SAE was trained on, plain values.
    """
    import yaml
    from safetensors.torch import save_file

    tensors = {
        name: tensor.detach().cpu().contiguous() for name, tensor in sae.state_dict().items()
    }
    with written_aside(folder / WEIGHTS_FILE) as partial:
        save_file(tensors, partial)
        weights_sha256 = sha256_of(partial)
    description = {
        "schema_version": SCHEMA_VERSION,
        "weights_sha256": weights_sha256,
        **describe(sae),
        "trained_on": dict(fingerprint),
    }
    # First, since a file that is cut loses its end.
    description = {"checksum": checksum_of_values(description)} | description
    with written_aside(folder / DESCRIPTION_FILE) as partial:
        partial.write_text(yaml.safe_dump(description, sort_keys=False), encoding="utf-8")


def load_sae(folder: str | Path) -> SparseAutoencoder:
    """Load an exported SAE in evaluation mode, on the CPU.

    Raises:
        MissingArtifact: if the folder lacks one of the two files.
        BrokenArtifact: if they are damaged or do not fit each other.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = Path(folder)
    description = read_description(folder)
    path = folder / WEIGHTS_FILE
    try:
        check_readable(path)
        if description.get("weights_sha256") not in (None, sha256_of(path)):
            raise SafetensorError(f"it is not what {DESCRIPTION_FILE} was written with")
        with telling_access(path):
            tensors: dict[str, Tensor] = load_file(path)
    except FileNotFoundError as error:
        raise MissingArtifact(_missing(path)) from error
    except SafetensorError as error:
        raise BrokenArtifact(f"{path} is damaged ({error}): export the SAE again.") from error
    try:
        sae = described(description, where=folder / DESCRIPTION_FILE)
        sae.load_state_dict(tensors)
    except UNEXPECTED as error:
        if tells_of_memory(error):
            raise
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise BrokenArtifact(
            f"{path} and {DESCRIPTION_FILE} do not fit each other ({reason}): export the SAE again."
        ) from error
    return sae.eval()


def read_description(folder: str | Path) -> dict[str, Any]:
    """The contents of `sae.yaml`.

    They are schema_version, architecture, settings, trained_on, and input_transform but for exports
    of before there was more than one kind.

    Raises:
        MissingArtifact: if there is none.
        BrokenArtifact: if it is not YAML, of another schema version, or not as it was written.
    """
    path = Path(folder) / DESCRIPTION_FILE
    try:
        description = parsed_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingArtifact(_missing(path)) from error
    except ValueError as error:
        raise BrokenArtifact(f"{path} is not readable YAML: export the SAE again.") from error
    version = description.get("schema_version") if isinstance(description, dict) else None
    if version != SCHEMA_VERSION:
        raise BrokenArtifact(
            f"{path} has schema version {version}, this InterPLM reads {SCHEMA_VERSION}: "
            "export the SAE again, or install the version that wrote it."
        )
    description = dict(description)
    # Exports of earlier versions have neither checksum nor that of the weights.
    is_sealed = bool({"checksum", "weights_sha256"} & description.keys())
    checksum = description.pop("checksum", None)
    is_edited = is_sealed and checksum != checksum_of_values(description)
    is_complete = description.keys() >= _NAMES and isinstance(description["trained_on"], dict)
    if is_edited or not is_complete:
        raise BrokenArtifact(
            f"{path} is damaged, or was edited: export the SAE again, or delete its lines "
            "`checksum` and `weights_sha256` if it says what you mean."
        )
    return description


def describe(sae: SparseAutoencoder) -> dict[str, Any]:
    """What an SAE is but for its tensors: plain values (hence Any) that `described` reads."""
    transform = sae.input_transform
    return {
        "architecture": sae.architecture,
        "settings": sae.settings(),
        "input_transform": {"kind": transform.kind} | transform.settings(),
    }


def described(description: Mapping[str, Any], *, where: Path) -> SparseAutoencoder:
    """An SAE of that description with fresh weights.

    Args:
        description: as from `describe`; Any: what a file may hold.
        where: it was read, for the message.

    Raises:
        BrokenArtifact: if the architecture is not known.
        KeyError, TypeError, ValueError: if the settings are not its own.
    """
    sae = _architecture(description["architecture"], where)(**description["settings"])
    said = dict(description.get("input_transform") or {"kind": AffineTransform.kind})
    sae.input_transform = InputTransform.of_kind(said.pop("kind"), sae.d_in, said)
    return sae


def _missing(path: Path) -> str:
    return (
        f"{path} does not exist: give the folder of an exported SAE, which "
        "`python -m interplm.train` writes as <run>/sae."
    )


def _architecture(name: str, where: Path) -> type[SparseAutoencoder]:
    """Only modules of this package and of installed plugins are imported."""
    if SparseAutoencoder.class_of(name) is None and re.fullmatch(r"[a-z][a-z0-9_]*", name):
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(f"interplm.sae.{name}")
    if SparseAutoencoder.class_of(name) is None:
        load_plugins()
    found = SparseAutoencoder.class_of(name)
    if found is None:
        raise BrokenArtifact(
            f"{where} names the architecture {name!r}, which is not known: "
            "install the package that defines it, or import its module before loading, or update "
            "InterPLM."
        )
    return found
