"""Which residues are masked for the masked-token loss."""

import hashlib
import random


def masked_positions(sequence: str, *, fraction: float, seed: int) -> list[int]:
    """A random share of the residues of a sequence, at least one.

    The choice depends on the sequence and the seed alone: not on its batch, its place in the list,
    the number of ranks or any other generator.

    Args:
        sequence: residues in one-letter code, at least one.
        fraction: share of the residues, rounded to whole ones.
        seed: another seed gives another choice.

    Returns:
        0-based positions, ascending.
    """
    digest = hashlib.blake2b(f"{seed} {sequence}".encode(), digest_size=8).digest()
    n_masked = max(1, round(fraction * len(sequence)))
    chosen = random.Random(int.from_bytes(digest, "big")).sample(range(len(sequence)), n_masked)
    return sorted(chosen)
