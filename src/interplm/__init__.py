"""Interpretable features in protein language models, found with sparse autoencoders.

What the jobs do is one or two lines in Python too; a name, or the module of a job, is imported when
it is first used, so that importing the package costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interplm.api import compose, encode, load_plm
    from interplm.model import Model, load
    from interplm.sae import load_sae

__version__ = "0.2.0"

__all__ = ["Model", "compose", "encode", "load", "load_plm", "load_sae"]

_HOMES = {
    "Model": "interplm.model",
    "load": "interplm.model",
    "compose": "interplm.api",
    "encode": "interplm.api",
    "load_plm": "interplm.api",
    "load_sae": "interplm.sae",
}


def __getattr__(name: str) -> Any:  # Any: functions of different types, and modules of jobs
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    from interplm.__main__ import JOBS

    if name in JOBS:
        return importlib.import_module(f"interplm.{name}")
    raise AttributeError(f"module 'interplm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
