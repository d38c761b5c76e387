"""What a folder says of the PLM that it was made with, so that it is found again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from interplm.runtime.command import setting
from interplm.runtime.configs import compose
from interplm.runtime.options import option_names, read_option

# Settings that may be a path, which is recorded so that it holds from any working directory.
_PATHS = ("weights", "source", "hub_folder")


def plm_record(plm: DictConfig) -> dict[str, Any]:
    """The PLM's settings, plain (hence Any), with absolute paths."""
    record = OmegaConf.to_container(plm, resolve=True)
    assert isinstance(record, dict)
    return {str(name): value for name, value in _with_absolute_paths(record).items()}


def complete(plm: DictConfig, record: Mapping[str, Any], *, d_model: int) -> None:
    """Fill what is null in a PLM's settings from what the activations say they were made with.

    Weights that were given once need not be given again. Only plain values are taken: a folder may
    come from anybody.

    Args:
        plm: changed in place.
        record: as of `plm_record`, in the folder of the activations; Any: what YAML can hold.
        d_model: of the activations.
    """
    given = {"d_model": d_model}
    if record.get("name") == plm.name:
        given = dict(record) | given
    for name, value in given.items():
        is_plain = isinstance(value, int | float) or (isinstance(value, str) and "${" not in value)
        if is_plain and name in plm and not _is_set(plm, name):
            plm[name] = value


def plm_words(record: Mapping[str, Any]) -> list[str]:
    """What to type so that a job has the PLM of a record: `plm=…`, and settings of it.

    Args:
        record: as of `plm_record`; Any: what YAML can hold.
    """
    option = _option(record.get("model") or {})
    words = [setting("plm", option)]
    usual = compose("embed", *words).plm
    for name, value in record.items():
        is_set = name in usual and not OmegaConf.is_interpolation(usual, name)
        if is_set and not isinstance(value, dict) and usual[name] != value:
            words.append(setting(f"plm.{name}", value))
    if compose("embed", *words).plm.name != record.get("name"):
        words.append(setting("plm.name", record.get("name")))
    return words


def _option(model: Mapping[str, Any]) -> str:
    """The option of `plm` whose model shares most with this one, the target first."""

    def likeness(option: str) -> tuple[bool, int]:
        raw = read_option("plm", option).get("model", {})
        same = sum(model.get(name, ...) == value for name, value in raw.items())
        return raw.get("_target_") == model.get("_target_"), same

    return max(option_names("plm"), key=likeness)


def _is_set(plm: DictConfig, name: str) -> bool:
    return OmegaConf.is_interpolation(plm, name) or plm[name] is not None


def _with_absolute_paths(record: dict[Any, Any]) -> dict[Any, Any]:
    """A copy; Any: plain settings of a PLM."""
    found: dict[Any, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found[name] = _with_absolute_paths(value)
        elif name in _PATHS and isinstance(value, str) and Path(value).exists():
            found[name] = str(Path(value).absolute())
        else:
            found[name] = value
    return found
