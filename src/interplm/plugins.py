"""SAEs, PLMs and annotation sources of other installed packages.

A package joins by an entry point of the group `interplm.plugins` that names a module. The module
is imported when a job starts or an SAE of an unknown architecture is loaded, which defines its
classes; a folder `configs` beside it has groups like ours (`sae/`, `plm/`, `concepts/`, …), whose
options are then chosen like ours.
"""

import functools
import importlib
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from interplm.errors import UserError

GROUP = "interplm.plugins"


@functools.cache
def load_plugins() -> tuple[ModuleType, ...]:
    """Import the module of every plugin, once.

    Raises:
        UserError: if one cannot be imported.
    """
    return tuple(_load(entry.name, entry.value) for entry in entry_points(group=GROUP))


def plugin_config_folders() -> list[Path]:
    """The folders of yaml files that plugins bring."""
    beside = [Path(str(module.__file__)).parent / "configs" for module in load_plugins()]
    return [folder for folder in beside if folder.is_dir()]


def _load(name: str, value: str) -> ModuleType:
    try:
        return importlib.import_module(value)
    except Exception as error:
        raise UserError(
            f"The plugin {name} ({value}) cannot be imported ({type(error).__name__}: {error}): "
            "mend or uninstall it."
        ) from error
