"""Which residue of the protein each residue of a structure is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import gemmi
import numpy as np

from interplm.explorer.structures.backbone import Backbone

# Below this the structure is of another protein, or of so different a one that colours mislead.
_LEAST_IDENTITY = 0.9
_LEAST_MATCHES = 10
_UNKNOWN = "X"
# Numbers further apart are no numbers of one chain's residues.
_WIDEST = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """Which residue of the protein each residue of the structure is.

    Attributes:
        residues: 0-based residue of the protein, or None, for each residue of the structure.
        identity: of the aligned residues that are known in both, the fraction that is the same.
        n_matches: aligned residues with the same amino acid.
        coverage: fraction of the protein's residues that the structure shows.
        source: "numbers" of the file where they fit the sequence, else an "alignment".
        n_places: places in the protein where it fits equally well, which is more than one where
            nothing in the file tells copies of a repeat apart.
        is_short: whether it has too few residues in common with the protein to be sure of.
    """

    residues: list[int | None]
    identity: float
    n_matches: int
    coverage: float
    source: str
    n_places: int
    is_short: bool

    @property
    def fits(self) -> bool:
        """Whether the structure may be coloured by what the protein's residues do."""
        return self.identity >= _LEAST_IDENTITY and not self.is_short


def number(chain: Backbone, protein: str, *, accession: str = "") -> Numbering:
    """Number a chain by the file's own numbers where they fit the protein, else by alignment.

    What the file states residue by residue for a protein of a database comes first. Otherwise its
    numbers are taken as they are, or all shifted alike, where that puts at least as many
    residues on their like as the best alignment does. Of several shifts that fit equally well the
    one is taken that the file states: none, that of the accession, that of another accession.

    Args:
        chain: of the structure.
        protein: its sequence.
        accession: of the protein.
    """
    stated = _by_references(chain, protein, accession)
    if stated is not None:
        return stated
    references = sorted(chain.references, key=lambda r: r.accession != accession)
    aligned = _aligned(chain.sequence, protein)
    n_aligned = _n_matches(aligned, chain.sequence, protein)
    found = [
        _numbering(residues, chain.sequence, protein, "numbers", n_places)
        for numbers, shifts in (
            (chain.author, [0, *(r.shift for r in references)]),
            # Among all residues of the protein, or of a construct whose place in it is stated.
            (
                chain.label,
                [0] * (chain.n_named == len(protein))
                + [r.label_shift for r in references if r.first],
            ),
        )
        for residues, n_places in _by_numbers(numbers, shifts, chain.sequence, protein)
    ]
    found = [numbering for numbering in found if numbering.n_matches >= n_aligned]
    if not found:
        return _numbering(aligned, chain.sequence, protein, "alignment", 1)
    return min(found, key=lambda numbering: numbering.n_places)


def best_chain(
    chains: Sequence[Backbone], protein: str, *, accession: str = ""
) -> tuple[Backbone, Numbering]:
    """The chain with most residues in common with the protein."""
    numbered = [(chain, number(chain, protein, accession=accession)) for chain in chains]
    return max(numbered, key=lambda pair: (pair[1].n_matches, pair[1].identity))


def _numbering(
    residues: list[int | None], structure: str, protein: str, source: str, n_places: int
) -> Numbering:
    placed = [(protein[r], letter) for r, letter in zip(residues, structure, strict=True)
              if r is not None]  # fmt: skip
    n_known = sum(_UNKNOWN not in pair for pair in placed)
    matches = _n_matches(residues, structure, protein)
    return Numbering(
        residues=residues,
        identity=matches / n_known if n_known else 0.0,
        n_matches=matches,
        coverage=len(placed) / len(protein),
        source=source,
        n_places=n_places,
        is_short=matches < min(_LEAST_MATCHES, len(protein)),
    )


def _n_matches(residues: Sequence[int | None], structure: str, protein: str) -> int:
    return sum(
        residue is not None and protein[residue] == letter != _UNKNOWN
        for residue, letter in zip(residues, structure, strict=True)
    )


def _by_references(chain: Backbone, protein: str, accession: str) -> Numbering | None:
    """Residues where the file places them in the protein of the accession, if that fits."""
    stretches = [r for r in chain.references if r.accession == accession and r.first]
    places = {
        label: label + r.label_shift - 1
        for r in stretches
        for label in chain.label
        if label is not None and r.first <= label <= r.last
    }
    residues = _within([places.get(label or 0) for label in chain.label], protein)
    stated = _numbering(residues, chain.sequence, protein, "numbers", 1)
    return stated if stated.fits else None


def _by_numbers(
    numbers: Sequence[int | None], stated: Sequence[int], structure: str, protein: str
) -> list[tuple[list[int | None], int]]:
    """Residues by the file's numbers, and how many shifts of them fit equally well.

    Nothing where the numbers do not tell the residues apart.
    """
    shifts = _best_shifts(numbers, structure, protein)
    if not shifts:
        return []
    chosen = next((shift for shift in stated if shift in shifts), None)
    shift = shifts[0] if chosen is None else chosen
    residues = _within([None if n is None else n + shift - 1 for n in numbers], protein)
    return [(residues, len(shifts) if chosen is None else 1)]


def _within(places: Sequence[int | None], protein: str) -> list[int | None]:
    return [place if place is not None and 0 <= place < len(protein) else None for place in places]


def _best_shifts(numbers: Sequence[int | None], structure: str, protein: str) -> list[int]:
    """Shifts of the numbers that put most residues on their like."""
    known = [n for n in numbers if n is not None]
    if not known or len(set(known)) < len(numbers) or max(known) - min(known) > _WIDEST:
        return []
    is_known = np.array([letter != _UNKNOWN for letter in structure])
    letters, target = np.array(list(structure)), np.array(list(protein))
    places = np.array(known, dtype=np.int64)
    shifts = range(1 - max(known), len(protein) - min(known) + 1)
    counts = []
    for shift in shifts:
        at = places + shift - 1
        inside = (at >= 0) & (at < len(protein)) & is_known
        counts.append(int((target[at[inside]] == letters[inside]).sum()))
    most = max(counts)
    return [shift for shift, count in zip(shifts, counts, strict=True) if count == most > 0]


def _aligned(structure: str, protein: str) -> list[int | None]:
    """Global alignment with gemmi's scoring."""
    result = gemmi.align_string_sequences(list(protein), list(structure), [])
    residues: list[int | None] = []
    place = 0
    for count, operation in _cigar(result.cigar_str()):
        if operation == "M":
            residues += range(place, place + count)
            place += count
        elif operation == "I":  # in the protein only
            place += count
        else:
            residues += [None] * count
    return residues


def _cigar(text: str) -> Iterator[tuple[int, str]]:
    count = ""
    for letter in text:
        if letter.isdigit():
            count += letter
        else:
            yield int(count), letter
            count = ""
