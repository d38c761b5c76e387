"""Amino acids as concepts."""

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.spans import Concept
from interplm.proteins.alphabet import STANDARD

# The 20 by letter, then U, O, B, Z, J and X together.
AMINO_ACIDS = tuple(
    Concept(
        name=f"Amino acid: {letter}",
        category="Amino acid",
        kind="residue",
        family="Amino acids",
        role="amino_acid",
    )
    for letter in (*STANDARD, "other")
)
AMINO_ACID_NAMES = frozenset(concept.name for concept in AMINO_ACIDS)
# What people call them, by name of the concept.
AMINO_ACID_WORDS = {
    "Amino acid: A": "alanine Ala", "Amino acid: C": "cysteine Cys",
    "Amino acid: D": "aspartate aspartic acid Asp", "Amino acid: E": "glutamate glutamic acid Glu",
    "Amino acid: F": "phenylalanine Phe", "Amino acid: G": "glycine Gly",
    "Amino acid: H": "histidine His", "Amino acid: I": "isoleucine Ile",
    "Amino acid: K": "lysine Lys", "Amino acid: L": "leucine Leu",
    "Amino acid: M": "methionine Met", "Amino acid: N": "asparagine Asn",
    "Amino acid: P": "proline Pro", "Amino acid: Q": "glutamine Gln",
    "Amino acid: R": "arginine Arg", "Amino acid: S": "serine Ser",
    "Amino acid: T": "threonine Thr", "Amino acid: V": "valine Val",
    "Amino acid: W": "tryptophan Trp", "Amino acid: Y": "tyrosine Tyr",
}  # fmt: skip


def amino_acid_runs(sequence: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Runs of one amino acid, [n_runs] each: index into AMINO_ACIDS, and start.

    A run ends where the next begins; the last one ends with the sequence.
    """
    number = np.full(128, len(STANDARD), np.int32)
    number[np.frombuffer(STANDARD.encode(), np.uint8)] = np.arange(len(STANDARD))
    residues = number[np.frombuffer(sequence.encode("ascii"), np.uint8)]
    begins = np.ones(len(residues), np.bool_)
    begins[1:] = residues[1:] != residues[:-1]
    return residues[begins], np.flatnonzero(begins).astype(np.int32)
