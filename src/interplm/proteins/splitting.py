"""Training and validation proteins, told apart by a hash of the accession."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interplm.errors import UserError


def is_validation(accession: str, *, fraction: float, seed: int) -> bool:
    """Whether a protein is kept for validation.

    The answer depends on the accession, the fraction and the seed alone: not on the order, the
    platform or the other proteins, and a larger fraction keeps what a smaller one kept.

    Args:
        accession: of the protein.
        fraction: expected share of validation proteins, in [0, 1).
        seed: another seed gives another split.

    Raises:
        UserError: for a fraction out of range.
    """
    if not 0 <= fraction < 1:
        raise UserError(f"data.validation_fraction must be in [0, 1), got {fraction}.")
    digest = hashlib.blake2b(f"{seed} {accession}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < fraction * 2**64


def validation_mask(accessions: Sequence[str], *, fraction: float, seed: int) -> NDArray[np.bool_]:
    """`is_validation` of each accession, bool [n_proteins]."""
    return np.fromiter(
        (is_validation(accession, fraction=fraction, seed=seed) for accession in accessions),
        dtype=np.bool_,
        count=len(accessions),
    )
