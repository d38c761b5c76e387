"""Two processes that work together, as two ranks do."""

import datetime
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import torch.distributed
from lightning.pytorch.strategies import DDPStrategy
from torch.multiprocessing import start_processes

# Forked off a process that has imported these: each rank would import them for itself otherwise,
# which takes longer than what it is asked.
multiprocessing.set_forkserver_preload(["interplm.training.module", "torchmetrics", "pytest"])


def as_two_ranks(work: Callable[..., None], folder: Path, *arguments: object) -> None:
    """Call work(rank, *arguments) in two processes of one group; what one raises is raised here.

    Args:
        work: a function of a module.
        folder: in which they meet, one for each call.
        arguments: which can be pickled.
    """
    start_processes(_work, args=(work, folder, arguments), nprocs=2, start_method="forkserver")


def two_ranks_of_ddp() -> DDPStrategy:
    """For a Trainer of two devices."""
    return DDPStrategy(start_method="forkserver")


def _work(
    rank: int, work: Callable[..., None], folder: Path, arguments: tuple[object, ...]
) -> None:
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder / 'meeting'}", rank=rank, world_size=2,
        timeout=datetime.timedelta(seconds=60),
    )  # fmt: skip
    work(rank, *arguments)
    torch.distributed.destroy_process_group()
