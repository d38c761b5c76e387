"""Words of a command line as people type them, made such as Hydra reads them."""

import os
import re
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from interplm.runtime.command import hydra_value

_SETTING = re.compile(r"(\+{0,2}[\w.@/]+=)(.+)", re.DOTALL)
_HOME = re.compile(r"""(["']?)~(?=/|["']?$)""")
# Of these it is a slip in the grammar that is to be shown, and no odd name of a file.
_GRAMMAR = re.compile(r"""[\[{"']|.*\$\{""", re.DOTALL)


def readable(word: str) -> str:
    """A setting with `~` as the home folder, and quoted where Hydra could not read the value.

    File names with `=`, `#`, parentheses, quotes or letters beyond ASCII are refused by Hydra's
    grammar, and those with a comma are read as several values.

    Args:
        word: of the command line; one that is no setting comes back as it is.
    """
    setting = _SETTING.fullmatch(word)
    if setting is None:
        return word
    name, value = setting.groups()
    at_home = _HOME.match(value)
    if at_home:
        value = at_home[1] + str(Path.home()) + value[at_home.end() :]
    is_path = os.path.exists(value)  # noqa: PTH110 - of a long value Path raises
    if (paths := _listed(value)) and not _is_read(name + value, is_path=False):
        return f"{name}[{','.join(map(hydra_value, paths))}]"
    if _is_read(name + value, is_path=is_path) or (_GRAMMAR.match(value) and not is_path):
        return name + value
    return name + hydra_value(value)


def _listed(value: str) -> list[str]:
    """The paths of `[a (1).tsv,~/b.tsv]` if all are there; none otherwise."""
    if not (value.startswith("[") and value.endswith("]")):
        return []
    paths = [os.path.expanduser(part.strip()) for part in value[1:-1].split(",")]  # noqa: PTH111
    return paths if all(map(os.path.exists, paths)) else []


def _is_read(word: str, *, is_path: bool) -> bool:
    """Whether Hydra can read it, and as one value if it is a file's name."""
    try:
        override = OverridesParser.create().parse_override(word)
    except HydraException:
        return False
    return not (is_path and override.is_sweep_override())
