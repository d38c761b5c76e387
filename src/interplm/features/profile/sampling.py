"""Proteins in an order that depends on their accessions and on nothing else."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interplm.proteins.splitmix import GOLDEN, splitmix64


def protein_priorities(accessions: Sequence[str]) -> NDArray[np.uint64]:
    """A hash of each accession, uint64 [n_proteins]: the smallest make a random sample.

    The same proteins are drawn whatever the order, the shards or the platform.
    """
    digests = b"".join(
        hashlib.blake2b(accession.encode(), digest_size=8, person=b"sample").digest()
        for accession in accessions
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def mixed(priorities: NDArray[np.uint64], numbers: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Another order for every number: a hash of both, uint64."""
    with np.errstate(over="ignore"):
        return splitmix64(priorities + GOLDEN * numbers.astype(np.uint64))
