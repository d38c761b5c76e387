"""What the residues around the peaks have in common."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interplm.proteins.alphabet import STANDARD as ALPHABET

# Added to each count in proportion to the background, so that few windows prove little.
_PSEUDOCOUNT = 1.0


@dataclass(frozen=True, slots=True)
class MotifPosition:
    """One position of a motif.

    Attributes:
        n: weight of the residues seen there; ends of proteins leave some windows without one.
        information: relative entropy to the background, in bits; 0 where nothing was seen.
        heights: bits of each amino acid, its probability times the information.
        log_odds: log2 of probability over background, by amino acid.
    """

    n: float
    information: float
    heights: dict[str, float]
    log_odds: dict[str, float]


def windows(peaks: Sequence[tuple[str, int]], *, reach: int) -> list[str]:
    """The residues around each peak; "-" beyond the ends of the protein.

    Args:
        peaks: sequence and 0-based residue.
        reach: residues on either side.
    """
    found = []
    for sequence, peak in peaks:
        left = "-" * max(0, reach - peak)
        right = "-" * max(0, peak + reach + 1 - len(sequence))
        found.append(left + sequence[max(0, peak - reach) : peak + reach + 1] + right)
    return found


def motif(
    aligned: Sequence[str],
    background: Mapping[str, float],
    *,
    weights: Sequence[float] | None = None,
) -> list[MotifPosition]:
    """Statistics of every position of equally long windows.

    p = (count + q) / (n + 1) with the background q, information = Σ p log2(p / q)
    (relative-entropy logo, Schneider & Stephens 1990 with the background of Stormo 1998).

    Args:
        aligned: windows; letters outside the 20 amino acids are not counted.
        background: fraction of each amino acid among all residues.
        weights: of the windows, as of homologues that share the weight of one; 1 each without.
    """
    weights = [1.0] * len(aligned) if weights is None else weights
    q = _standard(background)
    result = []
    for letters in zip(*aligned, strict=True):
        counts = dict.fromkeys(ALPHABET, 0.0)
        for letter, weight in zip(letters, weights, strict=True):
            if letter in counts:
                counts[letter] += weight
        n = sum(counts.values())
        p = {a: (counts[a] + _PSEUDOCOUNT * q[a]) / (n + _PSEUDOCOUNT) for a in ALPHABET}
        log_odds = {a: math.log2(p[a] / q[a]) for a in ALPHABET}
        information = sum(p[a] * log_odds[a] for a in ALPHABET) if n else 0.0
        result.append(
            MotifPosition(n, information, {a: p[a] * information for a in ALPHABET}, log_odds)
        )
    return result


def _standard(background: Mapping[str, float]) -> dict[str, float]:
    """The background over the 20 amino acids, none at zero."""
    floor = 1e-4
    raw = {a: max(background.get(a, 0.0), floor) for a in ALPHABET}
    total = sum(raw.values())
    return {a: value / total for a, value in raw.items()}
