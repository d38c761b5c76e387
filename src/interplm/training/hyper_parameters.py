"""The parts of a training module as plain values, and back.

A checkpoint is data: of what it names, only what is listed here is made again.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor, optim
from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from interplm.sae import SparseAutoencoder
from interplm.sae.export import describe, described
from interplm.training.revival import Revival
from interplm.training.schedules import SparsityWarmup, warmup_decay_lr

KIND = "kind"


def plain_parts(sae: SparseAutoencoder, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a module's constructor; Any: parts of several types, and plain values."""
    return {"sae": describe(sae)} | {name: plain(part) for name, part in parts.items()}


def made_parts(said: Mapping[str, Any], *, given: Mapping[str, Any], where: Path) -> dict[str, Any]:
    """The arguments again.

    Args:
        said: as from `plain_parts`; Any: what a file may hold.
        given: take the place of what is said.
        where: it was read, for messages.

    Raises:
        BrokenArtifact: if the architecture of the SAE is not known.
        ValueError: if another part is not known.
    """
    makers: dict[str, Callable[[Any], Any]] = {
        "sae": partial(described, where=where),
        "optimizer": _optimizer,
        "scheduler": _scheduler,
        "sparsity_schedule": _sparsity_schedule,
        "revival": _revival,
    }
    return dict(given) | {
        name: makers[name](value) if name in makers else value
        for name, value in said.items()
        if name not in given
    }


def plain(part: Any) -> Any:
    """A partial call, an object that keeps its settings, or a value, as plain values.

    Args:
        part: of any type, hence Any.
    """
    if part is None or isinstance(part, str | int | float | bool):
        return part
    if isinstance(part, partial):
        return {KIND: part.func.__name__} | {name: plain(v) for name, v in part.keywords.items()}
    if isinstance(part, Mapping):
        return {str(name): plain(value) for name, value in part.items()}
    if isinstance(part, Sequence):
        return [plain(value) for value in part]
    names = inspect.signature(type(part)).parameters
    kept = {name: plain(getattr(part, name)) for name in names if hasattr(part, name)}
    return {KIND: type(part).__name__} | kept


def _optimizer(said: Mapping[str, Any]) -> Callable[[Iterable[Tensor]], Optimizer]:
    """A class of torch.optim with its settings; Any: what a file may hold."""
    return partial(_named(said, optim, Optimizer, "optimizer"), **_settings(said))


def _scheduler(said: Mapping[str, Any]) -> Callable[[Optimizer], LRScheduler]:
    """Ours, or a class of torch.optim.lr_scheduler, with its settings."""
    if said[KIND] == warmup_decay_lr.__name__:
        return partial(warmup_decay_lr, **_settings(said))
    return partial(_named(said, lr_scheduler, LRScheduler, "scheduler"), **_settings(said))


def _sparsity_schedule(said: Mapping[str, Any]) -> SparsityWarmup:
    """Ours, the only one."""
    if said[KIND] != SparsityWarmup.__name__:
        raise _unknown(said, "sparsity_schedule")
    return SparsityWarmup(**_settings(said))


def _revival(said: Mapping[str, Any]) -> Revival:
    """Of a class that is defined here or in a package that has been imported."""
    if said[KIND] not in Revival.kinds:
        raise _unknown(said, "revival")
    return Revival.kinds[said[KIND]](**_settings(said))


def _named(said: Mapping[str, Any], module: Any, base: type, part: str) -> Any:
    found = getattr(module, str(said[KIND]), None)
    if not isinstance(found, type) or not issubclass(found, base):
        raise _unknown(said, part)
    return found


def _settings(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != KIND}


def _unknown(said: Mapping[str, Any], part: str) -> ValueError:
    return ValueError(f"{said[KIND]} is not known here: give {part}=... to load_from_checkpoint.")
