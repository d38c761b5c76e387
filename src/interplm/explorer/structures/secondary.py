"""Helices and strands from Cα atoms alone, for files that do not state them."""

import math
from collections.abc import Sequence

Point = tuple[float, float, float]

# Distances in Å from residue i to i + 2, i + 3 and i + 4, with their tolerances
# (P-SEA, Labesse et al. 1997, table 1).
_DISTANCES = {
    "h": ((5.5, 0.5), (5.3, 0.5), (6.4, 0.6)),
    "e": ((6.7, 0.6), (9.9, 0.9), (12.4, 1.1)),
}
_SHORTEST = {"h": 5, "e": 3}


def secondary_structure(ca: Sequence[Point]) -> str:
    """One letter a residue: "h" helix, "e" strand, "c" coil.

    Args:
        ca: Cα coordinates in Å, in order.
    """
    kind = ["c"] * len(ca)
    for letter, wanted in _DISTANCES.items():
        fits = [_fits(ca, i, wanted) for i in range(len(ca))]
        for start, stop in _runs(fits):
            # The last residue that fits speaks for the four that follow it.
            end = min(stop + 4, len(ca))
            if end - start >= _SHORTEST[letter]:
                kind[start:end] = [letter if k == "c" else k for k in kind[start:end]]
    return "".join(kind)


def _fits(ca: Sequence[Point], i: int, wanted: Sequence[tuple[float, float]]) -> bool:
    return i + 4 < len(ca) and all(
        abs(math.dist(ca[i], ca[i + offset]) - distance) <= tolerance
        for offset, (distance, tolerance) in enumerate(wanted, start=2)
    )


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Starts and stops of the stretches of true values."""
    edges = [False, *flags, False]
    changes = [i for i in range(len(flags) + 1) if edges[i] != edges[i + 1]]
    return list(zip(changes[::2], changes[1::2], strict=True))
