"""torch.compile where it works, and one sentence where it doesn't."""

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R], *, device: torch.device) -> Callable[P, R]:
    """The function compiled for a device, or as it is, with a warning, where that can't be done.

    Only a trial tells: torch.compile looks for a compiler at the first call.
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
    return torch.compile(function)


def _trial(x: torch.Tensor) -> torch.Tensor:
    return x.cos() + 1
