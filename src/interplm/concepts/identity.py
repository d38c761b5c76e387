"""How much alike the most similar proteins of two sides of a split are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from interplm.concepts.kmers import distinct_kmers

_K = 5
# Beyond so many k-mers a sample of them is looked at, and beyond so many pairs of proteins with one
# in common the rarer ones: a few seconds and some hundred megabytes.
_MAX_KMERS = 20_000_000
_MAX_PRODUCTS = 50_000_000
_UNKNOWN = str.maketrans("UOJ", "XXX")


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestPair:
    """The most similar proteins on two sides.

    Attributes:
        validation: accession.
        test: accession.
        identity: identical residues of their best local alignment over the length of the shorter
            protein, as MMseqs2's `--seq-id-mode 1`.
        n_aligned: pairs that were aligned to find it.
    """

    validation: str
    test: str
    identity: float
    n_aligned: int

    def __str__(self) -> str:
        return (
            f"The most similar validation and test proteins, {self.validation} and {self.test}, "
            f"have {self.identity:.0%} of the shorter one's residues in common (local alignment of "
            f"the {self.n_aligned:,} pairs that share most {_K}-mers)."
        )


def nearest_pair(
    accessions: Sequence[str],
    sequences: Sequence[str],
    validation: NDArray[np.bool_],
    *,
    n_aligned: int,
) -> NearestPair | None:
    """The most similar proteins on two sides, or None if no two share a k-mer.

    Each test protein is paired with the validation protein that shares most of its 5-mers, which
    finds relatives down to about a third of identical residues; of these pairs the foremost are
    aligned.

    Args:
        accessions: of all proteins.
        sequences: of all proteins; without one a protein is left out.
        validation: which are on that side; the others are test proteins.
        n_aligned: pairs to align.
    """
    pairs = _foremost(sequences, validation, n_aligned)
    identities = [_identity(sequences[one], sequences[other]) for one, other in pairs]
    if not pairs:
        return None
    best = int(np.argmax(identities))
    one, other = pairs[best]
    return NearestPair(
        validation=accessions[one],
        test=accessions[other],
        identity=identities[best],
        n_aligned=len(pairs),
    )


def _foremost(
    sequences: Sequence[str], validation: NDArray[np.bool_], n: int
) -> list[tuple[int, int]]:
    """Numbers of a validation and a test protein, those that share most k-mers first."""
    sampled = min(1.0, _MAX_KMERS / max(1, sum(map(len, sequences))))
    kmer, protein = distinct_kmers(sequences, k=_K, sampled=sampled)
    _, code = np.unique(kmer, return_inverse=True)
    ones = np.ones(len(code), np.int32)
    shape = (len(sequences), int(code.max(initial=-1)) + 1)
    carries = sparse.coo_array((ones, (protein, code)), shape=shape).tocsr()
    numbers = np.flatnonzero(validation), np.flatnonzero(~validation)
    of_validation, of_test = (carries[side] for side in numbers)
    # A k-mer of a large family makes a product for each pair of its members: the rarer ones are
    # enough to find who is nearest.
    products = of_validation.sum(axis=0).astype(np.int64) * of_test.sum(axis=0)
    by_size = np.argsort(products, kind="stable")
    kept = by_size[np.cumsum(products[by_size]) <= _MAX_PRODUCTS]
    shared = (of_test[:, kept] @ of_validation[:, kept].T).tocsr()
    n_kmers = np.maximum(carries.sum(axis=1), 1)
    found = []
    for row in range(shared.shape[0]):
        entries = slice(shared.indptr[row], shared.indptr[row + 1])
        if entries.stop > entries.start:
            test, others = numbers[1][row], numbers[0][shared.indices[entries]]
            share = shared.data[entries] / np.minimum(n_kmers[test], n_kmers[others])
            best = int(share.argmax())
            found.append((-float(share[best]), int(others[best]), int(test)))
    return [(one, other) for _, one, other in sorted(found)[:n]]


def _identity(one: str, other: str) -> float:
    # Imported here: it takes a while, and nothing else needs it.
    from Bio.Align import PairwiseAligner, substitution_matrices

    aligner = PairwiseAligner(
        mode="local",
        substitution_matrix=substitution_matrices.load("BLOSUM62"),
        # Of BLAST and MMseqs2.
        open_gap_score=-11,
        extend_gap_score=-1,
    )
    # BLOSUM62 has no selenocysteine, pyrrolysine or J.
    pair = one.translate(_UNKNOWN), other.translate(_UNKNOWN)
    alignments = aligner.align(*pair)
    if not alignments:
        return 0.0
    return float(alignments[0].counts().identities) / min(map(len, pair))
