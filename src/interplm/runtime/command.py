"""Commands as text that runs when it is pasted into a shell."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

# What Hydra's grammar reads as the string that it is, and what it would read as something else.
_PLAIN = re.compile(r"[A-Za-z_./][\w./:+@%\-]*", re.ASCII)
_DEFAULT_DATA = "interplm_data"
_NOT_A_STRING = re.compile(r"null|true|false|inf|nan|\.+\d.*", re.IGNORECASE)


def command(job: str, /, *words: str, **settings: Any) -> str:
    """`python -m interplm.<job> …`, quoted for Hydra and then for the shell.

    Args:
        job: one of our jobs.
        words: more words, each a whole one: `--multirun`, or `plm.weights=<file>` ready for Hydra.
        settings: keys and plain values (hence Any); those that are None are left out.
    """
    given = [setting(name, value) for name, value in settings.items() if value is not None]
    return " ".join(["python", "-m", f"interplm.{job}", *map(shlex.quote, [*words, *given])])


def setting(name: str, value: Any) -> str:
    """`name=value` as Hydra reads it on a command line; Any: a plain value, a list or a path."""
    return f"{name}={hydra_value(value)}"


def hydra_value(value: Any) -> str:
    """A plain value, a list, a mapping or a path (hence Any) in Hydra's grammar of overrides."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{hydra_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str | Path):
        return _text(str(value))
    return "[" + ",".join(map(hydra_value, value)) + "]"


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and not _NOT_A_STRING.fullmatch(text):
        return text
    # Within quotes only quotes and interpolations mean something; backslashes before them double.
    escaped = re.sub(r"(\\*)('|\$\{|$)", _escape, text)
    return f"'{escaped}'"


def _escape(found: re.Match[str]) -> str:
    backslashes, mark = found.groups()
    return backslashes * 2 + (f"\\{mark}" if mark else "")


def follow_up(cfg: DictConfig, job: str, *words: str, **settings: Any) -> str:
    """A command that works on what this job made, with its data folder where that was chosen.

    Args:
        cfg: of this job.
        job: that comes next.
        words: see `command`.
        settings: see `command`.
    """
    data = cfg.paths.data if cfg.paths.data != _DEFAULT_DATA else None
    return command(job, *words, **settings, **{"paths.data": data})


def chosen(group: str) -> list[str]:
    """The option of a group and the settings in it, as this job's command line gave them."""
    if not HydraConfig.initialized():
        return []
    option, words = option_of(group), HydraConfig.get().overrides.task
    typed = [word for word in words if word.lstrip("+").startswith(f"{group}.")]
    return [*([] if option is None else [f"{group}={option}"]), *typed]


def option_of(group: str) -> str | None:
    """The option that a group has in this job; None where it has none, or there is no job."""
    if not HydraConfig.initialized():
        return None
    option: str | None = HydraConfig.get().runtime.choices.get(group)
    return option
