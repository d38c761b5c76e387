"""Objects from configs, with the errors of their constructors."""

from collections.abc import Mapping
from typing import Any

import hydra.utils
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf

from interplm.errors import BrokenArtifact, UserError
from interplm.runtime.options import option_names, read_option


def instantiate(config: Any, **overrides: Any) -> Any:  # Any: the target decides both ways
    """`hydra.utils.instantiate`, but a constructor's own complaint is raised as it is.

    Raises:
        UserError: what the constructor raised, or its ValueError as one.
    """
    if isinstance(config, DictConfig):
        # Hydra would name the place that refers to a missing value, not the one to fill.
        OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    try:
        return hydra.utils.instantiate(config, **overrides)
    except InstantiationException as error:
        cause = error.__cause__
        if isinstance(cause, UserError):
            raise cause from None
        if isinstance(cause, ValueError):
            raise UserError(str(cause)) from error
        raise


def instantiate_all(group: DictConfig | None) -> list[Any]:
    """Instantiate every entry of a group that has not been set to null, in order."""
    entries = {} if group is None else group
    return [instantiate(entry) for entry in entries.values() if entry is not None]


def instantiate_recorded(group: str, recorded: Mapping[str, Any], *, where: str) -> Any:
    """Make what a file names, if one of our yaml files could name it too.

    A folder may come from anybody, and a `_target_` may be any function of any package. So the
    target must be that of an option of the group, as must everything within it that is made, and
    all other arguments are plain values.

    Args:
        group: of our configs, such as "plm"; the entry `model` of its options is what is made.
        recorded: with `_target_` and arguments; Any: what YAML can hold.
        where: the file, for the message.

    Raises:
        BrokenArtifact: if no option could have made it.
    """
    if not any(
        _could_be(recorded, read_option(group, name).get("model")) for name in option_names(group)
    ):
        raise BrokenArtifact(
            f"{where} asks for {recorded.get('_target_')!r} with arguments that no file of "
            f"configs/{group} has, so it is not made: restore the file, or name the {group} on "
            f"the command line, {group}=..."
        )
    return instantiate(OmegaConf.create(dict(recorded)))


def later(node: DictConfig) -> DictConfig:
    """A node with `_target_` as one that makes the call, not its result: nothing is loaded yet."""
    # Resolved here, since its relative interpolations mean something in its own place only.
    resolved = DictConfig(OmegaConf.to_container(node, resolve=True))
    resolved["_partial_"] = True
    return resolved


def _could_be(recorded: Any, option: Any) -> bool:  # Any: what YAML can hold
    if not isinstance(option, dict) or not isinstance(recorded, Mapping):
        return False
    if recorded.get("_target_") != option.get("_target_") or not recorded.keys() <= option.keys():
        return False
    return all(recorded[name] == option[name] or _is_plain(recorded[name]) for name in recorded)


def _is_plain(value: Any) -> bool:  # Any: what YAML can hold
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, str):
        return "${" not in value
    return value is None or isinstance(value, bool | int | float)
