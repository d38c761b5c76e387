"""Every single substitution of a region, and what it does to one feature."""

import numpy as np

from interplm.errors import MalformedInput
from interplm.features.encoding.sequence import SequenceEncoder
from interplm.proteins.alphabet import STANDARD

# Residues that the PLM reads for one view: a minute or so of a laptop with a small PLM.
_MOST_READ = 250_000
# Mutants whose features are held in memory together.
_N_AT_ONCE = 64


def saturate(
    encoder: SequenceEncoder, sequence: str, feature: int, *, start: int, stop: int
) -> np.ndarray:
    """Change of a feature's maximum over the sequence by each substitution.

    Args:
        encoder: reads sequences.
        sequence: residues.
        feature: its number.
        start: first residue of the region, 0-based.
        stop: one past the last.

    Returns:
        float32 [20, stop - start], amino acids in the order of STANDARD; 0 for the residue's own.

    Raises:
        MalformedInput: for a region too long to be read in reasonable time.
    """
    check_region(sequence, start=start, stop=stop)
    places = [
        (row, place) for place in range(start, stop) for row in range(len(STANDARD))
        if STANDARD[row] != sequence[place]
    ]  # fmt: skip
    mutants = [f"{sequence[:p]}{STANDARD[row]}{sequence[p + 1 :]}" for row, p in places]
    before = encoder.encode(sequence).maxima[feature]
    changes = np.zeros((len(STANDARD), stop - start), dtype=np.float32)
    for first in range(0, len(mutants), _N_AT_ONCE):
        some = slice(first, first + _N_AT_ONCE)
        read = encoder.encode_many(mutants[some], keep=False)
        for (row, place), found in zip(places[some], read, strict=True):
            changes[row, place - start] = found.maxima[feature] - before
    return changes


def strongest(changes: np.ndarray, residues: str, *, start: int, n: int) -> list[tuple[str, float]]:
    """Substitutions that change a feature most, as "K6R", with their changes.

    Args:
        changes: [20, n_residues], as from `saturate`.
        residues: of the region.
        start: number of its first residue, 0-based.
        n: how many at most; those that change nothing are left out.
    """
    order = np.argsort(-np.abs(changes), axis=None, kind="stable")[:n]
    places = zip(*np.unravel_index(order, changes.shape), strict=True)
    return [
        (f"{residues[column]}{start + column + 1}{STANDARD[row]}", float(changes[row, column]))
        for row, column in places
        if changes[row, column]
    ]


def check_region(sequence: str, *, start: int, stop: int) -> None:
    """Raise MalformedInput unless the region lies in the sequence and is short enough."""
    if not 0 <= start < stop <= len(sequence):
        raise MalformedInput(f"The region must lie within residues 1 to {len(sequence):,}.")
    longest = max(1, _MOST_READ // (19 * len(sequence)))
    if stop - start > longest:
        raise MalformedInput(
            f"Of a protein of {len(sequence):,} residues at most {longest:,} are changed at once, "
            f"not {stop - start:,}: choose a shorter region."
        )
