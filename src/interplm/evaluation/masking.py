"""Which residues a PLM is asked to predict."""

import hashlib
import random

from interplm.proteins.alphabet import STANDARD

_STANDARD = frozenset(STANDARD)


def predictable(sequence: str) -> list[int]:
    """Positions whose letter names one amino acid, 0-based, ascending.

    X, B, Z and the like are no prediction that a model could get right: a single X costs ESM-2
    about 27 nats.
    """
    return [index for index, letter in enumerate(sequence) if letter in _STANDARD]


def masked_positions(sequence: str, *, fraction: float, seed: int) -> list[int]:
    """A random share of the predictable residues of a sequence, at least one.

    The choice depends on the sequence and the seed alone: not on its batch, its place in the list,
    the number of ranks or any other generator.

    Args:
        sequence: residues in one-letter code, at least one of them predictable.
        fraction: share of the predictable residues, rounded to whole ones.
        seed: another seed gives another choice.

    Returns:
        0-based positions, ascending.
    """
    digest = hashlib.blake2b(f"{seed} {sequence}".encode(), digest_size=8).digest()
    candidates = predictable(sequence)
    n_masked = max(1, round(fraction * len(candidates)))
    return sorted(random.Random(int.from_bytes(digest, "big")).sample(candidates, n_masked))
