"""Sums and rows over the ranks of a distributed training; one process is a rank of its own."""

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


def _is_alone() -> bool:
    return not (torch.distributed.is_available() and torch.distributed.is_initialized())
