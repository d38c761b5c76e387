"""Point mutations, and what they change."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from interplm.errors import MalformedInput
from interplm.proteins.alphabet import STANDARD

_MUTATION = re.compile(r"([A-Za-z])(\d{1,6})([A-Za-z])")
# Fractions of a feature's maximum: below the first it is silent, from the second on it counts as
# firing (the lowest threshold of Simon & Zou 2024), and smaller changes than the third are noise.
_SILENT, _FIRING, _LEAST_CHANGE = 0.05, 0.15, 0.1


@dataclass(frozen=True, slots=True)
class FeatureChange:
    """How one feature differs between two sequences.

    Attributes:
        feature: its number.
        before: maximum over the first sequence.
        after: maximum over the second.
        change: of the residue that changes most, or of the maxima for unequal lengths.
        residue: that residue, 0-based; None for sequences of unequal length.
        kind: whether it appears, vanishes or only shifts.
    """

    feature: int
    before: float
    after: float
    change: float
    residue: int | None
    kind: Literal["appears", "vanishes", "shifts"]


def mutate(sequence: str, mutations: str) -> str:
    """Apply substitutions such as `L23P`, several separated by commas, semicolons or spaces.

    Raises:
        MalformedInput: for what is no substitution, a residue that is not there, or another
            amino acid in its place than stated.
    """
    residues = list(sequence)
    changed: set[int] = set()
    for text in re.split(r"[\s,;]+", mutations.strip()):
        match = _MUTATION.fullmatch(text)
        if match is None:
            raise MalformedInput(f"{text[:30]!r} is not a mutation: write them as L23P, A40G.")
        old, place, new = match[1].upper(), int(match[2]), match[3].upper()
        if not 1 <= place <= len(sequence):
            raise MalformedInput(f"{text}: the sequence has residues 1 to {len(sequence):,}.")
        if sequence[place - 1] != old:
            found = sequence[place - 1]
            raise MalformedInput(
                f"{text}: residue {place} is {found}, so write {found}{place}{new}."
            )
        if new not in STANDARD:
            raise MalformedInput(f"{text}: {new} is not one of the 20 amino acids.")
        if place in changed:
            raise MalformedInput(f"{text}: residue {place} is changed twice; keep one of the two.")
        changed.add(place)
        residues[place - 1] = new
    return "".join(residues)


def changes(before: np.ndarray, after: np.ndarray) -> list[FeatureChange]:
    """Features that differ, the largest change first.

    Args:
        before: activations of the first sequence, [n_residues, d_sae], fractions of the maxima.
        after: of the second; equally long sequences are compared residue by residue.
    """
    top_before, top_after = before.max(axis=0), after.max(axis=0)
    if before.shape == after.shape:
        difference = after - before
        residues: Sequence[int | None] = np.abs(difference).argmax(axis=0).tolist()
        change = difference[residues, np.arange(difference.shape[1])]
    else:
        residues = [None] * before.shape[1]
        change = top_after - top_before
    found = np.flatnonzero(np.abs(change) >= _LEAST_CHANGE)
    return [
        FeatureChange(
            feature=int(feature),
            before=float(top_before[feature]),
            after=float(top_after[feature]),
            change=float(change[feature]),
            residue=residues[feature],
            kind=_kind(float(top_before[feature]), float(top_after[feature])),
        )
        for feature in found[np.argsort(-np.abs(change[found]), kind="stable")]
    ]


def _kind(before: float, after: float) -> Literal["appears", "vanishes", "shifts"]:
    if before < _SILENT and after >= _FIRING:
        return "appears"
    if after < _SILENT and before >= _FIRING:
        return "vanishes"
    return "shifts"
