"""What is known of every residue of a simulated heavy chain, as rows of a plain table.

AIRRSHIP writes for each chain, in the columns of the AIRR standard, which nucleotides come from the
V, D and J gene and what the sequence was before it mutated; ANARCI's table gives the IMGT number of
each residue. A codon that two segments share goes to the one that holds its middle nucleotide.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# First and last IMGT number of each region (Lefranc et al. 2003).
REGIONS = {
    "FR1": (1, 26), "CDR1": (27, 38), "FR2": (39, 55), "CDR2": (56, 65), "FR3": (66, 104),
    "CDR3": (105, 117), "FR4": (118, 128),
}  # fmt: skip
# Residues that hold the fold together, which a mutation may have replaced.
CONSERVED = {23: "C", 41: "W", 104: "C", 118: "W"}
_NAMES = {"C": "Cys", "W": "Trp"}
_BASES = "TCAG"
_AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
_CODONS = {
    first + second + third: _AMINO_ACIDS[16 * i + 4 * j + k]
    for i, first in enumerate(_BASES)
    for j, second in enumerate(_BASES)
    for k, third in enumerate(_BASES)
}


class Annotation(NamedTuple):
    """A row of the table; residues are numbered from 1 and `end` is the last one."""

    accession: str
    start: int
    end: int
    concept: str
    category: str
    kind: str


class Span(NamedTuple):
    """Residues, 0-based and half-open, and what they are."""

    start: int
    stop: int
    concept: str
    category: str
    kind: str = "domain"


def translate(nucleotides: str) -> str:
    """Whole codons from the first nucleotide on; `*` for a stop, X for an unknown nucleotide."""
    whole = range(0, len(nucleotides) - 2, 3)
    return "".join(_CODONS.get(nucleotides[at : at + 3].upper(), "X") for at in whole)


def gene(call: str) -> str:
    """`IGHV3-23*01` to `IGHV3-23`."""
    return call.split("*")[0]


def family(call: str) -> str:
    """`IGHV3-23*01` to `IGHV3`."""
    found = re.match(r"IGHV[0-9]+", call)
    if found is None:
        raise ValueError(f"{call!r} is no V gene of the heavy chain")
    return found[0]


def annotations(
    accession: str, rearrangement: Mapping[str, str], numbering: list[tuple[str, str]]
) -> list[Annotation]:
    """All that is known of a chain.

    Args:
        accession: of the chain.
        rearrangement: a row of AIRRSHIP's table, of a run with somatic hypermutation.
        numbering: IMGT number, with its insertion code, and amino acid of each residue in order;
            see `numbering_of`. It may lack residues at both ends.
    """
    sequence = translate(rearrangement["sequence"])
    first = sequence.find("".join(residue for _, residue in numbering))
    if first < 0:
        raise ValueError(f"{accession}: the numbered residues are not those of its sequence")
    position = {first + at: int(re.sub("[A-Z]", "", n)) for at, (n, _) in enumerate(numbering)}
    spans = [
        *_regions(position),
        *_conserved(sequence, position),
        *_segments(rearrangement),
        *_mutations(rearrangement, position),
    ]
    return [
        Annotation(accession, span.start + 1, span.stop, span.concept, span.category, span.kind)
        for span in spans
        if span.start < span.stop
    ]


def numbering_of(row: Mapping[str, str]) -> list[tuple[str, str]]:
    """IMGT number and amino acid of each residue, from a row of ANARCI's table for heavy chains."""
    return [
        (column, cell)
        for column, cell in row.items()
        if re.fullmatch(r"[0-9]+[A-Z]*", column) and cell != "-"
    ]


def _regions(position: Mapping[int, int]) -> Iterator[Span]:
    for name, (first, last) in REGIONS.items():
        residues = [residue for residue, number in position.items() if first <= number <= last]
        if residues:
            yield Span(min(residues), max(residues) + 1, name, "Region")


def _conserved(sequence: str, position: Mapping[int, int]) -> Iterator[Span]:
    for residue, number in position.items():
        if CONSERVED.get(number) == sequence[residue]:
            name = f"Conserved {_NAMES[sequence[residue]]} {number}"
            yield Span(residue, residue + 1, name, "Conserved residue", "residue")


def _segments(rearrangement: Mapping[str, str]) -> Iterator[Span]:
    """Genes, and what lies between them: nucleotides that no gene has."""
    places = {
        letter: (
            int(rearrangement[f"{letter}_sequence_start"]) - 1,
            int(rearrangement[f"{letter}_sequence_end"]),
        )
        for letter in "vdj"
        if rearrangement[f"{letter}_sequence_start"]
    }
    v_call = rearrangement["v_call"]
    if "v" in places:
        yield Span(*_residues(*places["v"]), f"V family {family(v_call)}", "V family")
    for letter, place in places.items():
        name = f"{letter.upper()} gene"
        called = gene(rearrangement[f"{letter}_call"])
        yield Span(*_residues(*place), f"{name} {called}", name)
    for before, after in ("vd", "dj"):
        if before in places and after in places:
            between = _residues(places[before][1], places[after][0])
            name = f"N addition {before.upper()}-{after.upper()}"
            yield Span(*between, name, "N addition")


def _residues(start: int, stop: int) -> tuple[int, int]:
    """Of nucleotides start..stop, 0-based and half-open, the codons whose middle lies in them."""
    return (start + 1) // 3, (stop + 1) // 3


def _mutations(rearrangement: Mapping[str, str], position: Mapping[int, int]) -> Iterator[Span]:
    """Residues that hypermutation replaced; silent mutations change none."""
    pairs = zip(
        translate(rearrangement["unmutated_sequence"]),
        translate(rearrangement["sequence"]),
        strict=True,
    )
    for residue, (before, after) in enumerate(pairs):
        if before == after:
            continue
        found = ["Mutated residue"]
        if residue in position:
            found.append(f"Mutated residue, {_part(position[residue])}")
        for name in found:
            yield Span(residue, residue + 1, name, "Mutation", "residue")


def _part(number: int) -> str:
    region = next(name for name, (_, last) in REGIONS.items() if number <= last)
    return "CDR" if region.startswith("CDR") else "framework"
