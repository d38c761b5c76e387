"""Proteins that share k-mers, and clusters of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.proteins.alphabet import STANDARD
from interplm.proteins.splitmix import splitmix64

# Poly-Q and the like, which unrelated proteins share.
_TOO_FEW_DIFFERENT = 2
# Residues coded at a time: bounds memory where k-mers are sampled.
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKmers:
    """Pairs of proteins with at least two k-mers in common.

    Attributes:
        first: int64 [n_pairs].
        second: int64 [n_pairs].
        containment: k-mers in common over those of the one that has fewer, float64 [n_pairs].
        n_proteins: of which pairs are made.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    containment: NDArray[np.float64]
    n_proteins: int

    def clusters(self, containment: float) -> NDArray[np.int64]:
        """Single linkage of the pairs that share so much: the smallest index of each cluster."""
        linked = self.containment >= containment
        return _components(self.first[linked], self.second[linked], self.n_proteins)


def shared_kmers(
    sequences: Sequence[str], *, k: int, sampled: float, n_neighbours: int
) -> SharedKmers:
    """Which proteins share distinct k-mers, and how many.

    K-mers with an ambiguous residue or of no more than two different residues, as in repeats, do
    not count. Compared are, for each k-mer, the proteins that have it with the next `n_neighbours`
    ones that have it, in the order given: all pairs of a small family, a chain through a large
    one. So time and memory grow with the number of residues and not with pairs of proteins, and
    the order can matter within large families only. Memory is about 60 bytes for each k-mer
    looked at.

    Args:
        sequences: of the proteins.
        k: residues of a k-mer, 2..12.
        sampled: share of k-mers looked at, the same ones in every protein, in (0, 1].
        n_neighbours: at least 1.

    Source: shared k-mers for linear-time clustering are of Steinegger & Söding 2018
    (Linclust), containment of sampled k-mers of Irber et al. 2022 (FracMinHash).
    """
    kmer, protein = distinct_kmers(sequences, k=k, sampled=sampled)
    n_kmers = np.bincount(protein, minlength=len(sequences))
    first, second, n_shared = _shared(kmer, protein, n_neighbours, len(sequences))
    several = n_shared >= 2
    first, second = first[several], second[several]
    return SharedKmers(
        first=first,
        second=second,
        containment=n_shared[several] / np.minimum(n_kmers[first], n_kmers[second]),
        n_proteins=len(sequences),
    )


def cluster_by_kmers(
    sequences: Sequence[str], *, k: int, containment: float, sampled: float, n_neighbours: int
) -> NDArray[np.int64]:
    """Clusters by single linkage of proteins that share `containment` of their k-mers.

    See `shared_kmers`; the result is the smallest index of each protein's cluster, int64
    [n_proteins].
    """
    pairs = shared_kmers(sequences, k=k, sampled=sampled, n_neighbours=n_neighbours)
    return pairs.clusters(containment)


def distinct_kmers(
    sequences: Sequence[str], *, k: int, sampled: float
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Code and protein of each distinct k-mer of a protein, ordered by code, then protein."""
    found = [_usable_kmers(block, first, k, sampled) for first, block in _blocks(sequences, _BLOCK)]
    kmer = np.concatenate([np.empty(0, np.uint64), *(codes for codes, _ in found)])
    protein = np.concatenate([np.empty(0, np.int64), *(owners for _, owners in found)])
    order = np.lexsort((protein, kmer))
    kmer, protein = kmer[order], protein[order]
    is_new = np.ones(len(kmer), np.bool_)
    is_new[1:] = (kmer[1:] != kmer[:-1]) | (protein[1:] != protein[:-1])
    return kmer[is_new], protein[is_new]


def _blocks(sequences: Sequence[str], n_residues: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Number of the first, and consecutive sequences of about so many residues."""
    first = n = 0
    for index, sequence in enumerate(sequences):
        n += len(sequence)
        if n >= n_residues:
            yield first, sequences[first : index + 1]
            first, n = index + 1, 0
    if first < len(sequences):
        yield first, sequences[first:]


def _usable_kmers(
    sequences: Sequence[str], first: int, k: int, sampled: float
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Code and protein, counted from `first`, of every k-mer that is looked at."""
    letters, protein = _letters(sequences)
    n = max(0, len(letters) - k + 1)
    kmer = np.zeros(n, np.uint64)
    n_different = np.zeros(n, np.uint8)
    usable = np.ones(n, np.bool_)
    for offset in range(k):
        letter = letters[offset : offset + n]
        kmer = kmer * np.uint64(len(STANDARD)) + letter
        usable &= letter < len(STANDARD)
        n_different += _is_first(letters, offset, n)
    usable &= n_different > _TOO_FEW_DIFFERENT
    if sampled < 1:
        usable &= splitmix64(kmer) < np.uint64(sampled * 2**64)
    return kmer[usable], protein[:n][usable] + first


def _is_first(letters: NDArray[np.uint8], offset: int, n: int) -> NDArray[np.bool_]:
    """Where the letter at `offset` of a k-mer does not occur before it in the k-mer."""
    is_first = np.ones(n, np.bool_)
    for earlier in range(offset):
        is_first &= letters[offset : offset + n] != letters[earlier : earlier + n]
    return is_first


def _letters(sequences: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Codes of all residues, 20 for those that end a k-mer, and the protein of each."""
    code = np.full(256, len(STANDARD), np.uint8)
    code[np.frombuffer(STANDARD.encode(), np.uint8)] = np.arange(len(STANDARD))
    # One foreign letter after each protein keeps k-mers from reaching into the next one.
    text = np.frombuffer("".join(f"{sequence}*" for sequence in sequences).encode(), np.uint8)
    lengths = np.fromiter(map(len, sequences), np.int64, len(sequences)) + 1
    return code[text], np.repeat(np.arange(len(sequences)), lengths)


def _shared(
    kmer: NDArray[np.uint64], protein: NDArray[np.int64], n_neighbours: int, n_proteins: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of proteins with the number of k-mers in which they are neighbours."""
    pairs = [np.empty(0, np.int64)]
    for step in range(1, n_neighbours + 1):
        same = np.flatnonzero(kmer[step:] == kmer[:-step])
        if len(same) == 0:
            break
        pairs.append(protein[same] * n_proteins + protein[same + step])
    pair, n_shared = np.unique(np.concatenate(pairs), return_counts=True)
    return pair // max(1, n_proteins), pair % max(1, n_proteins), n_shared


def _components(
    first: NDArray[np.int64], second: NDArray[np.int64], n_proteins: int
) -> NDArray[np.int64]:
    """Smallest index that each protein is linked to, by union-find with path halving."""
    parent = list(range(n_proteins))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return np.fromiter(map(root, range(n_proteins)), np.int64, n_proteins)
