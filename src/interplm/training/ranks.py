"""Sums and rows over the ranks of a distributed training; one process is a rank of its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGKILL

import lightning as L
import torch
import torch.distributed
from torch import Tensor


def summed_over_ranks(tensor: Tensor) -> Tensor:
    """The sum of every rank's tensor of that shape."""
    if _is_alone():
        return tensor
    summed = tensor.clone()
    torch.distributed.all_reduce(summed)
    return summed


def rows_of_all_ranks(rows: Tensor) -> Tensor:
    """The rows of every rank in order of rank, [n, ...]; ranks may hold different numbers."""
    if _is_alone():
        return rows
    n_ranks = torch.distributed.get_world_size()
    n_rows = torch.zeros(n_ranks, dtype=torch.int64, device=rows.device)
    n_rows[torch.distributed.get_rank()] = len(rows)
    lengths = summed_over_ranks(n_rows).tolist()
    padded = rows.new_zeros(max(lengths), *rows.shape[1:])
    padded[: len(rows)] = rows
    parts = [torch.empty_like(padded) for _ in range(n_ranks)]
    torch.distributed.all_gather(parts, padded)
    return torch.cat([part[:length] for part, length in zip(parts, lengths, strict=True)])


def rank() -> int:
    """Of this process, from 0."""
    return 0 if _is_alone() else torch.distributed.get_rank()


@contextmanager
def leaving_no_ranks(trainer: L.Trainer) -> Iterator[None]:
    """End the process group, and the processes that Lightning started for it.

    It leaves both to the end of this process, in which another training of a sweep may follow.
    """
    try:
        yield
        trainer.strategy.barrier()
    except BaseException:
        _kill_others(trainer)
        raise
    finally:
        if not _is_alone():
            torch.distributed.destroy_process_group()
        for process in _others(trainer):
            process.wait()


def _kill_others(trainer: L.Trainer) -> None:
    others = _others(trainer)
    ended = others[:]
    # Lightning watches this list, and would kill this process too.
    others.clear()
    for process in ended:
        process.send_signal(SIGKILL)
        process.wait()


def _others(trainer: L.Trainer) -> list[subprocess.Popen[bytes]]:
    """Those that this process started."""
    found: list[subprocess.Popen[bytes]] = getattr(trainer.strategy.launcher, "procs", [])
    return found


def _is_alone() -> bool:
    return not (torch.distributed.is_available() and torch.distributed.is_initialized())
