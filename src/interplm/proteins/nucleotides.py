"""Sequences of nucleotides, given where proteins are asked for."""

import re

# No code of a nucleotide or of several, but residues of every protein of some length.
_RESIDUES_ALONE = re.compile("[EFILPQZJO]")
_SHORTEST = 20
_SHARE = 0.9


def nucleotide_share(sequence: str) -> float:
    """Share of the letters that are A, C, G, T, U or N, if the sequence looks like nucleotides.

    That is: twenty letters or more, none that only residues have, nine in ten of those six, and
    all four bases. A random protein of twenty residues has such letters once in 10¹¹; homopolymers
    and silk lack a base.

    Args:
        sequence: upper-case letters.

    Returns:
        0 where it looks like a protein, or is too short to tell.
    """
    if len(sequence) < _SHORTEST or _RESIDUES_ALONE.search(sequence):
        return 0.0
    counts = {letter: sequence.count(letter) for letter in "ACGTUN"}
    has_all = counts["A"] and counts["C"] and counts["G"] and (counts["T"] or counts["U"])
    share = sum(counts.values()) / len(sequence)
    return share if has_all and share >= _SHARE else 0.0
