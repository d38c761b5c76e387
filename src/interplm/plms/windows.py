"""Proteins cut into overlapping windows that a model can read."""

import re
from collections.abc import Set
from dataclasses import dataclass, replace
from itertools import pairwise

from interplm.errors import UserError


@dataclass(frozen=True, slots=True)
class Window:
    """Residues start..stop are read by the model; keep_start..keep_stop are taken from it.

    All four are 0-based and half-open, in the numbering of the whole protein. What is kept beyond
    start..stop are letters that the model does not know: the nearest residue read stands for them.
    """

    start: int
    stop: int
    keep_start: int
    keep_stop: int


def windows(n_residues: int, *, max_residues: int, overlap: int) -> list[Window]:
    """Cover a protein with windows of at most `max_residues`, evenly spaced.

    Neighbouring windows share at least `overlap` residues and each takes over in the middle of
    what they share, so that every residue is read with context on both sides.

    Args:
        n_residues: length of the protein, at least 1.
        max_residues: longest window.
        overlap: fewest residues that two neighbours share.

    Returns:
        Windows whose kept parts are exactly 0..n_residues, in order. One window if it fits.

    Raises:
        UserError: if the overlap leaves no room to advance.
    """
    if not 0 <= overlap < max_residues:
        raise UserError(
            f"embedding.window_overlap must be in 0..{max_residues - 1} "
            f"(below the model's context), got {overlap}."
        )
    if n_residues <= max_residues:
        return [Window(0, n_residues, 0, n_residues)]
    step = max_residues - overlap
    n_windows = -(-(n_residues - overlap) // step)
    room = n_residues - max_residues
    starts = [room * index // (n_windows - 1) for index in range(n_windows)]
    cuts = [
        (left + max_residues + right) // 2 for left, right in zip(starts, starts[1:], strict=False)
    ]
    return [
        Window(start, start + max_residues, keep_start, keep_stop)
        for start, keep_start, keep_stop in zip(
            starts, [0, *cuts], [*cuts, n_residues], strict=True
        )
    ]


def windows_of_known(
    sequence: str, alphabet: Set[str], *, max_residues: int, overlap: int
) -> list[Window]:
    """Cover a protein with windows that hold no unknown letter.

    Every stretch of known letters is read by itself, in several windows where it is long. An
    unknown letter is kept with the stretch that is nearer.

    Args:
        sequence: with at least one known letter.
        alphabet: the known letters.
        max_residues: longest window.
        overlap: fewest residues that two neighbours of one stretch share.

    Returns:
        Windows whose kept parts are exactly 0..n_residues, in order.

    Raises:
        UserError: if no letter is known, or the overlap leaves no room to advance.
    """
    stretches = [match.span() for match in re.finditer(f"[{''.join(alphabet)}]+", sequence)]
    if not stretches:
        raise UserError("A protein has no residue that the model knows: leave it out.")
    borders = [(end + start) // 2 for (_, end), (start, _) in pairwise(stretches)]
    covered: list[Window] = []
    for (start, stop), first, last in zip(
        stretches, [0, *borders], [*borders, len(sequence)], strict=True
    ):
        pieces = [
            Window(start + w.start, start + w.stop, start + w.keep_start, start + w.keep_stop)
            for w in windows(stop - start, max_residues=max_residues, overlap=overlap)
        ]
        pieces[0] = replace(pieces[0], keep_start=first)
        pieces[-1] = replace(pieces[-1], keep_stop=last)
        covered += pieces
    return covered
