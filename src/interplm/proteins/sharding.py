"""Consecutive proteins as shards, and shards dealt to jobs."""

from collections.abc import Iterable, Iterator
from itertools import islice

from interplm.errors import UserError
from interplm.proteins.records import ProteinRecord


def n_shards(n_proteins: int, proteins_per_shard: int) -> int:
    """How many shards `shards` makes.

    Raises:
        UserError: if a shard is to hold less than one protein.
    """
    if proteins_per_shard < 1:
        raise UserError(
            f"proteins.proteins_per_shard must be at least 1, got {proteins_per_shard}."
        )
    return -(-n_proteins // proteins_per_shard)


def shards(
    records: Iterable[ProteinRecord], proteins_per_shard: int
) -> Iterator[tuple[int, list[ProteinRecord]]]:
    """Index and proteins of every shard, all of equal size but the last."""
    remaining = iter(records)
    index = 0
    while shard := list(islice(remaining, proteins_per_shard)):
        yield index, shard
        index += 1


def is_mine(shard: int, *, job: int, n_jobs: int, group: str) -> bool:
    """Whether a shard belongs to a job: shard modulo n_jobs = job.

    Args:
        shard: number of it.
        job: number of the job.
        n_jobs: that the shards are dealt to.
        group: of the settings that say so, for the message.

    Raises:
        UserError: if there is no such job.
    """
    if not 0 <= job < n_jobs:
        raise UserError(f"{group}.job must be in 0..{n_jobs - 1} ({group}.n_jobs), got {job}.")
    return shard % n_jobs == job
