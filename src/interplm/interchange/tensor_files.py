"""Reading other toolkits' files as tensors and plain values; nothing in them is run."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from interplm.errors import BrokenArtifact, MissingArtifact

_AGAIN = "download or copy it again"


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """What `torch.save(module.state_dict(), path)` wrote, on the CPU.

    Raises:
        MissingArtifact: if there is no such file.
        BrokenArtifact: if it is damaged, or holds anything but named tensors.
    """
    try:
        content = io.BytesIO(path.read_bytes())
    except FileNotFoundError as error:
        raise _missing(path) from error
    try:
        found = torch.load(content, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, OSError) as error:
        # A truncated archive has lost its table of contents, which stands at the end.
        if isinstance(error, pickle.UnpicklingError) and zipfile.is_zipfile(content):
            raise _not_tensors(path) from error
        raise BrokenArtifact(f"{path} is damaged: {_AGAIN}.") from error
    if not isinstance(found, Mapping) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in found.items()
    ):
        raise _not_tensors(path)
    return dict(found)


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file; errors as `read_state_dict`."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except SafetensorError as error:
        raise BrokenArtifact(f"{path} is damaged ({error}): {_AGAIN}.") from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; Any: what JSON can hold. Errors as `read_state_dict`."""
    return _read_settings(path, json.loads, json.JSONDecodeError, "JSON")


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping in which Python objects are read as their plain contents (hence Any).

    Errors as `read_state_dict`.
    """
    import yaml

    class PlainLoader(yaml.SafeLoader):
        """Knows no Python type: a tag says what was meant, not what is made."""

    PlainLoader.add_multi_constructor("tag:yaml.org,2002:python/", _plain_contents)
    load = partial(yaml.load, Loader=PlainLoader)  # a SafeLoader
    return _read_settings(path, load, yaml.YAMLError, "YAML")


def _read_settings(
    path: Path, parse: Callable[[str], Any], fault: type[Exception], language: str
) -> dict[str, Any]:
    try:
        found = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (fault, UnicodeDecodeError) as error:
        raise BrokenArtifact(f"{path} is not readable {language}: {_AGAIN}.") from error
    if not isinstance(found, dict):
        raise BrokenArtifact(f"{path} holds no settings: {_AGAIN}.")
    return found


def check_names(
    tensors: Mapping[str, Tensor], names: Iterable[str], *, what: str, where: Path
) -> None:
    """Raise BrokenArtifact unless the tensors of a file are those that `what` has."""
    missing, extra = sorted(set(names) - set(tensors)), sorted(set(tensors) - set(names))
    if missing or extra:
        faults = [f"lacks {', '.join(missing)}"] * bool(missing)
        faults += [f"has {', '.join(extra)} besides"] * bool(extra)
        raise BrokenArtifact(
            f"{where} {' and '.join(faults)}, so it is not {what}: {_AGAIN}, or save the SAE's "
            "whole state_dict."
        )


def whole_number(value: Any, *, name: str, where: Path) -> int:
    """A setting that a file holds as a number or a tensor of one; Any: or as something else.

    Raises:
        BrokenArtifact: if it is no whole number.
    """
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if not isinstance(value, int) or isinstance(value, bool):
        raise BrokenArtifact(
            f"{where} says {name}={value}, which must be a whole number: {_AGAIN}."
        )
    return value


def _plain_contents(loader: Any, suffix: str, node: Any) -> Any:  # Any: PyYAML's own types
    import yaml

    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


def _missing(path: Path) -> MissingArtifact:
    return MissingArtifact(
        f"{path} does not exist: give the folder that holds it, with all files of the SAE."
    )


def _not_tensors(path: Path) -> BrokenArtifact:
    return BrokenArtifact(
        f"{path} holds other Python objects than named tensors, which are never loaded: save it "
        "again with torch.save(sae.state_dict(), path)."
    )
