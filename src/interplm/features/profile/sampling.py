"""Proteins in an order that depends on their accessions and on nothing else."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


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
    """Another order for every number: splitmix64 (Steele et al. 2014) of both, uint64."""
    with np.errstate(over="ignore"):
        z = priorities + np.uint64(0x9E3779B97F4A7C15) * (numbers.astype(np.uint64) + np.uint64(1))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
