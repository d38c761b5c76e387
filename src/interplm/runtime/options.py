"""The options of a config group, as they stand in the yaml files."""

import functools
from pathlib import Path
from typing import Any

import yaml
from hydra.core.global_hydra import GlobalHydra

from interplm.plugins import plugin_config_folders
from interplm.runtime.configs import config_folder


def option_names(group: str) -> list[str]:
    """Names of all options of a group, in alphabetical order: also of plugins and --config-dir."""
    return sorted({path.stem for folder in _folders() for path in (folder / group).glob("*.yaml")})


@functools.cache
def read_option(group: str, name: str) -> dict[str, Any]:
    """The contents of an option, with those of the options in its defaults; nothing is resolved.

    Any: as YAML reads them. The result must not be changed.
    """
    path = next(
        path for folder in _folders() if (path := folder / group / f"{name}.yaml").is_file()
    )
    raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    merged: dict[str, Any] = {}
    for base in raw.pop("defaults", []):
        if isinstance(base, str) and base != "_self_":
            merged = _merged(merged, read_option(group, base))
    return _merged(merged, raw)


def likeliest_option(group: str, values: dict[str, Any]) -> str:
    """The option of a group that some values come from, told by what they hold.

    Of several options of one class that one whose words agree, such as `reconstruction: l2`.

    Args:
        group: of our configs.
        values: resolved, with `_target_`; Any: plain values.

    Returns:
        Its name, or that of the class where no option has it.
    """

    def likeness(option: str) -> tuple[int, int]:
        raw = read_option(group, option)
        same = [name for name, value in raw.items() if values.get(name, ...) == value]
        return sum(isinstance(raw[name], str) for name in same), len(same)

    options = [
        option
        for option in option_names(group)
        if read_option(group, option).get("_target_") == values["_target_"]
    ]
    return max(options, key=likeness, default=str(values["_target_"]).rpartition(".")[2])


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if both else value
    return merged


def _folders() -> list[Path]:
    return [config_folder(), *plugin_config_folders(), *_folders_of_the_user()]


def _folders_of_the_user() -> list[Path]:
    """The one that `--config-dir` names, if any."""
    hydra = GlobalHydra.instance()
    places = hydra.config_loader().get_search_path().get_path() if hydra.is_initialized() else []
    return [
        Path(str(place.path).removeprefix("file://"))
        for place in places
        if place.provider == "command-line"
    ]
