"""Changes of a protein as people write them: R175H, p.Arg175His, p.Lys23_Val25del, K23dup."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from interplm.errors import MalformedInput

_THREE_LETTERS = {
    "ALA": "A", "ARG": "R", "ASN": "N", "ASP": "D", "CYS": "C", "GLN": "Q", "GLU": "E",
    "GLY": "G", "HIS": "H", "ILE": "I", "LEU": "L", "LYS": "K", "MET": "M", "PHE": "F",
    "PRO": "P", "SER": "S", "THR": "T", "TRP": "W", "TYR": "Y", "VAL": "V", "TER": "*",
}  # fmt: skip
_RESIDUE = f"(?:{'|'.join(_THREE_LETTERS)}|[A-Z*])"
_SUBSTITUTION = re.compile(rf"({_RESIDUE})(\d{{1,6}})({_RESIDUE}|=)")
_SPAN = re.compile(
    rf"({_RESIDUE})(\d{{1,6}})(?:_({_RESIDUE})(\d{{1,6}}))?(DELINS|DEL|DUP|INS)({_RESIDUE}*)"
)
_FRAMESHIFT = re.compile(rf"{_RESIDUE}\d{{1,6}}{_RESIDUE}?FS.*")
_AMINO_ACIDS = frozenset(_THREE_LETTERS.values()) - {"*"}
_FORMS = "write them as R175H, p.Arg175His, K23del, K23_V25del, K23_L24insRS or K23dup"

# Residue of the sequence before and after the change, 0-based; None where one lacks it.
Column = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Edit:
    """Residues start..stop, 0-based and half-open, replaced by a text.

    Attributes:
        start: first residue that goes.
        stop: one past the last.
        text: what comes in their place.
        written: as the user wrote it.
    """

    start: int
    stop: int
    text: str
    written: str


def parse_variants(text: str, sequence: str) -> list[Edit]:
    """Changes of a sequence in HGVS's long or short form, parted by commas, semicolons or spaces.

    Raises:
        MalformedInput: for what is none, for a residue that is not there or another amino acid
            in its place than stated, and for changes that overlap.
    """
    parts = [part for part in re.split(r"[\s,;\[\]]+", text.strip()) if part not in ("", "p.")]
    edits = sorted((_edit(part, sequence) for part in parts), key=lambda e: (e.start, e.stop))
    for first, second in zip(edits, edits[1:], strict=False):
        if second.start < first.stop or (first.start, first.stop) == (second.start, second.stop):
            raise MalformedInput(
                f"{first.written} and {second.written} change the same residues: keep one of them."
            )
    return edits


def changed(sequence: str, edits: Sequence[Edit]) -> tuple[str, list[Column]]:
    """The changed sequence, and which residue of either stands where in both.

    Args:
        sequence: before.
        edits: in order, not overlapping.

    Raises:
        MalformedInput: if nothing would be left.
    """
    result: list[str] = []
    columns: list[Column] = []
    place = 0
    for edit in [*edits, Edit(len(sequence), len(sequence), "", "")]:
        columns += [(i, len(result) + i - place) for i in range(place, edit.start)]
        result += sequence[place : edit.start]
        n_gone, n_new = edit.stop - edit.start, len(edit.text)
        for index in range(max(n_gone, n_new)):
            columns.append((
                edit.start + index if index < n_gone else None,
                len(result) + index if index < n_new else None,
            ))  # fmt: skip
        result += edit.text
        place = edit.stop
    if not result:
        raise MalformedInput("Nothing of the protein would be left.")
    return "".join(result), columns


def _edit(written: str, sequence: str) -> Edit:
    text = written.removeprefix("p.").strip("()").upper()
    if _FRAMESHIFT.fullmatch(text):
        raise MalformedInput(
            f"{written[:30]}: what follows a frameshift is not in the protein's sequence; paste "
            "the changed sequence under “Compare with”."
        )
    if match := _SUBSTITUTION.fullmatch(text):
        return _substitution(written, sequence, *match.groups())
    if match := _SPAN.fullmatch(text):
        return _span(written, sequence, *match.groups())
    raise MalformedInput(f"{written[:30]!r} is not a change of a protein: {_FORMS}.")


def _substitution(written: str, sequence: str, old: str, place: str, new: str) -> Edit:
    start = _checked(written, sequence, old, place)
    letter = sequence[start] if new == "=" else _letter(new)
    if letter == sequence[start]:
        raise MalformedInput(f"{written} changes nothing: leave it out.")
    if letter == "*":
        return Edit(start, len(sequence), "", written)
    return Edit(start, start + 1, _text(written, letter), written)


def _span(
    written: str, sequence: str, first: str, start: str, last: str | None, stop: str | None,
    kind: str, new: str,
) -> Edit:  # fmt: skip
    begin = _checked(written, sequence, first, start)
    end = begin if stop is None or last is None else _checked(written, sequence, last, stop)
    text = _text(written, new)
    if end < begin:
        raise MalformedInput(f"{written}: the second residue comes before the first.")
    if kind == "INS" and end != begin + 1:
        raise MalformedInput(
            f"{written}: an insertion names the residues on both sides, as in "
            f"{sequence[begin]}{begin + 1}_{sequence[min(begin + 1, len(sequence) - 1)]}{begin + 2}"
            "insRS."
        )
    if (kind in ("INS", "DELINS")) != bool(text):
        wanted = "says what comes in" if kind in ("INS", "DELINS") else "takes no residues after it"
        raise MalformedInput(f"{written}: {kind.lower()} {wanted}.")
    if kind == "INS":
        return Edit(begin + 1, begin + 1, text, written)
    if kind == "DUP":
        return Edit(end + 1, end + 1, sequence[begin : end + 1], written)
    return Edit(begin, end + 1, text, written)


def _checked(written: str, sequence: str, residue: str, number: str) -> int:
    """The 0-based place of a residue, once it is the one that was written."""
    place, letter = int(number), _letter(residue)
    if not 1 <= place <= len(sequence):
        raise MalformedInput(f"{written}: the sequence has residues 1 to {len(sequence):,}.")
    found = sequence[place - 1]
    if found != letter:
        raise MalformedInput(
            f"{written}: residue {place} is {found}, so write {found}{place} in its place."
        )
    return place - 1


def _letter(residue: str) -> str:
    return _THREE_LETTERS.get(residue, residue)


def _text(written: str, residues: str) -> str:
    letters = "".join(_letter(residue) for residue in re.findall(_RESIDUE, residues))
    foreign = [letter for letter in letters if letter not in _AMINO_ACIDS]
    if foreign:
        raise MalformedInput(f"{written}: {foreign[0]} is not one of the 20 amino acids.")
    return letters
