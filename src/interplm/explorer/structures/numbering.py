"""Which residue of the protein each residue of a structure is."""

from collections.abc import Iterator
from dataclasses import dataclass

import gemmi

from interplm.explorer.structures.backbone import Backbone

# Below this the structure is of another protein, or of so different a one that colours mislead.
_LEAST_IDENTITY = 0.9
_LEAST_MATCHES = 10


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which residue of the protein each residue of the structure is.

    Attributes:
        residues: 0-based residue of the protein, or None, for each residue of the structure.
        identity: fraction of the aligned residues that are the same amino acid.
        n_matches: aligned residues with the same amino acid.
        coverage: fraction of the protein's residues that the structure shows.
    """

    residues: list[int | None]
    identity: float
    n_matches: int
    coverage: float

    @property
    def fits(self) -> bool:
        """Whether the structure may be coloured by what the protein's residues do."""
        return self.identity >= _LEAST_IDENTITY and self.n_matches >= _LEAST_MATCHES


def number(structure_sequence: str, protein_sequence: str) -> Numbering:
    """Align a structure's residues with the protein's (global alignment, gemmi's scoring)."""
    result = gemmi.align_string_sequences(list(protein_sequence), list(structure_sequence), [])
    residues: list[int | None] = []
    place = n_aligned = 0
    for count, operation in _cigar(result.cigar_str()):
        if operation == "M":
            residues += range(place, place + count)
            place, n_aligned = place + count, n_aligned + count
        elif operation == "I":  # in the protein only
            place += count
        else:
            residues += [None] * count
    matches = sum(
        residue is not None and protein_sequence[residue] == letter
        for residue, letter in zip(residues, structure_sequence, strict=True)
    )
    return Numbering(
        residues=residues,
        identity=matches / n_aligned if n_aligned else 0.0,
        n_matches=matches,
        coverage=n_aligned / len(protein_sequence),
    )


def best_chain(chains: list[Backbone], protein_sequence: str) -> tuple[Backbone, Numbering]:
    """The chain with most residues in common with the protein."""
    numbered = [(chain, number(chain.sequence, protein_sequence)) for chain in chains]
    return max(numbered, key=lambda pair: (pair[1].n_matches, pair[1].identity))


def _cigar(text: str) -> Iterator[tuple[int, str]]:
    count = ""
    for letter in text:
        if letter.isdigit():
            count += letter
        else:
            yield int(count), letter
            count = ""
