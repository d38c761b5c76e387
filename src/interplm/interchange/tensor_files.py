"""Reading other toolkits' files as tensors and plain values; nothing in them is run."""

import io
import pickle
import struct
import zipfile
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from interplm.errors import BrokenArtifact, MissingArtifact
from interplm.files.access import check_readable, telling_access
from interplm.files.parsing import parsed_json, parsed_yaml

_AGAIN = "download or copy it again"
# Of DistributedDataParallel and torch.compile.
_WRAPPERS = ("module.", "_orig_mod.")
_LONGEST_HEADER = 100_000_000  # bytes, the limit of the safetensors format
# What torch raises for bytes that are no checkpoint, or one with some bytes changed.
_UNREADABLE = (
    pickle.UnpicklingError, RuntimeError, EOFError, ValueError, LookupError, OSError, TypeError,
    AttributeError, AssertionError, struct.error,
)  # fmt: skip


def read_weights(path: Path) -> dict[str, Any]:
    """What a file of weights holds, whatever its ending: a safetensors file or a checkpoint.

    Returns:
        Tensors by name, on the CPU; of a checkpoint perhaps with plain values around them (hence
        Any).

    Raises:
        MissingArtifact: if there is no such file.
        BrokenArtifact: if it is damaged, or holds other Python objects.
    """
    return dict(read_safetensors(path)) if _is_safetensors(path) else read_checkpoint(path)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `torch.save` wrote, on the CPU: a mapping of tensors and plain values (hence Any).

    The settings of a command line, argparse.Namespace, come as the dict of plain values that they
    are; nothing else is made that is not built in. Errors as `read_weights`.
    """
    content = io.BytesIO(_bytes(path))
    try:
        with torch.serialization.safe_globals([Namespace]):
            found = torch.load(content, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        # A truncated archive has lost its table of contents, which stands at the end.
        if isinstance(error, pickle.UnpicklingError) and zipfile.is_zipfile(content):
            raise _not_tensors(path) from error
        raise BrokenArtifact(
            f"{path} is damaged: {_AGAIN}; or it is no file of weights."
        ) from error
    if not isinstance(found, Mapping) or not all(isinstance(name, str) for name in found):
        raise _not_tensors(path)
    plain: dict[str, Any] = _plain(found)
    return without_wrappers(plain)


def without_wrappers(named: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name without what training in parallel, or compiled, puts before all the names."""
    names = list(named)
    while names and (prefix := _wrapper(names)):
        names = [name.removeprefix(prefix) for name in names]
    return dict(zip(names, named.values(), strict=True))


def _wrapper(names: Sequence[str]) -> str | None:
    shared = (p for p in _WRAPPERS if all(name.startswith(p) for name in names))
    return next(shared, None)


def check_state_dict(content: Mapping[str, Any], path: Path) -> None:
    """Raise BrokenArtifact if a file holds anything but named tensors (Any: plain values)."""
    if not all(isinstance(value, Tensor) for value in content.values()):
        raise _not_tensors(path)


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file; errors as `read_state_dict`."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        check_readable(path)
        with telling_access(path):
            return without_wrappers(load_file(path))
    except FileNotFoundError as error:
        raise _missing(path) from error
    except SafetensorError as error:
        raise BrokenArtifact(f"{path} is damaged ({error}): {_AGAIN}.") from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; Any: what JSON can hold. Errors as `read_state_dict`."""
    return _read_settings(path, parsed_json, "JSON")


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping in which Python objects are read as their plain contents (hence Any).

    Errors as `read_state_dict`.
    """
    import yaml

    class PlainLoader(yaml.SafeLoader):
        """Knows no Python type: a tag says what was meant, not what is made."""

    PlainLoader.add_multi_constructor("tag:yaml.org,2002:python/", _plain_contents)
    return _read_settings(path, partial(parsed_yaml, loader=PlainLoader), "YAML")


def _is_safetensors(path: Path) -> bool:
    """Whether a file begins as the format does: with the length of a JSON object, and that."""
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise _missing(path) from error
    with file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        return 2 <= length <= _LONGEST_HEADER and file.read(1) == b"{"


def _bytes(path: Path) -> bytes:
    try:
        check_readable(path)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _missing(path) from error


def _plain(value: Any) -> Any:  # Any: what a checkpoint may hold
    """Mappings and records as dicts, all the way down."""
    if isinstance(value, Namespace):
        value = vars(value)
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return value


def _read_settings(path: Path, parse: Callable[[str], Any], language: str) -> dict[str, Any]:
    try:
        found = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _missing(path) from error
    except ValueError as error:
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
