"""torch.compile where it works, and one sentence where it doesn't."""

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch

from interplm.errors import UserError

log = logging.getLogger(__name__)

# As torch.compile names them: "reduce-overhead" captures the steps as graphs, so that a GPU does
# not wait for the launches of small SAEs.
MODES = ("default", "reduce-overhead", "max-autotune")
P = ParamSpec("P")
R = TypeVar("R")


def mode_of(setting: bool | str) -> str | None:
    """The mode that `model.compile` asks for; None compiles nothing.

    Raises:
        UserError: if there is no such mode.
    """
    if isinstance(setting, bool):
        return "default" if setting else None
    if setting not in MODES:
        raise UserError(
            f"model.compile must be true, false or one of {', '.join(MODES)}, got {setting!r}."
        )
    return setting


def compiled(function: Callable[P, R], *, device: torch.device, mode: str) -> Callable[P, R]:
    """The function compiled for a device, or as it is, with a warning, where that can't be done.

    Only a trial tells: torch.compile looks for a compiler at the first call. Of captured graphs
    each call overwrites what the one before gave.
    """
    try:
        torch.compile(_trial)(torch.zeros(2, device=device))
    except RuntimeError as error:
        torch.compiler.reset()
        log.warning(
            "Training goes on without torch.compile, which needs a C++ compiler on the CPU and "
            "Triton on a GPU: %s. model.compile=false says so from the start.",
            next(iter(str(error).strip().splitlines()), type(error).__name__),
        )
        return function
    compiled_function = torch.compile(function, mode=mode)

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        torch.compiler.cudagraph_mark_step_begin()
        return compiled_function(*args, **kwargs)

    return call


def _trial(x: torch.Tensor) -> torch.Tensor:
    return x.cos() + 1
