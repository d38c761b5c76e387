"""The text in which UniProtKB tables write sequence features.

    column    = feature *("; " feature)
    feature   = KEY " " location *("; /" name "=" '"' value '"')
    location  = [isoform ":"] position [".." position]
    position  = ["<" / ">" / "?"] [number]

Qualifiers come in any order, and a value may contain semicolons and slashes. A quote inside a
value is doubled; one that is not doubled is read as part of the value too, as long as what follows
it is neither a qualifier nor a feature.
Source: UniProt user manual, "Sequence annotation (Features)", and the INSDC feature table for `<`,
`>` and quotes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = r"[A-Z][A-Z0-9_]* +[^\s;]+"
_AHEAD = rf'(?=\s*(?:;\s*(?:/\w+="|{_HEAD}\s*(?:;|$)|$)|$))'
_VALUE = rf'(?>[^"]|""|"(?!{_AHEAD}))*+'
_QUALIFIER = rf';\s*/(?P<name>\w+)="(?P<value>{_VALUE})"{_AHEAD}'
_FEATURE = re.compile(
    rf"\s*(?P<key>[A-Z][A-Z0-9_]*) +(?P<location>[^\s;]+)"
    rf"(?P<qualifiers>(?:{_QUALIFIER.replace('?P<name>', '?:').replace('?P<value>', '?:')})*)"
    rf"\s*(?:;\s*|$)(?=$|{_HEAD}\s*(?:;|$))"
)
_ONE_QUALIFIER = re.compile(_QUALIFIER)
_NEXT_FEATURE = re.compile(rf";\s*(?={_HEAD}\s*(?:;|$))")
# A value that swallowed the beginning of another qualifier lacks its closing quote.
_SWALLOWED = re.compile(r';\s*/\w+="')
_LOCATION = re.compile(
    r"(?:(?P<isoform>[^:]+):)?(?P<first>[<>?]?[0-9]*)(?:\.\.(?P<last>[<>?]?[0-9]*))?"
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature as written; nothing is interpreted yet.

    Attributes:
        key: such as "ZN_FING".
        location: such as "23..41".
        qualifiers: name and value, in order, quotes undoubled.
        piece: the text it was read from.
    """

    key: str
    location: str
    qualifiers: tuple[tuple[str, str], ...]
    piece: str

    def qualifier(self, name: str) -> str:
        """Value of the first qualifier of that name, "" without one."""
        return next((value for key, value in self.qualifiers if key == name), "")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A piece of text that is not a feature, and why a location or feature is not usable."""

    piece: str
    reason: str


def parse_features(text: str) -> Iterator[Feature | Unreadable]:
    """Every feature of a column, in order.

    What does not follow the grammar is given back up to where the next feature begins.
    """
    position = 0
    while position < len(text):
        match = _FEATURE.match(text, position)
        feature = None if match is None else _feature(match)
        if match is not None and feature is not None:
            yield feature
            position = match.end()
        else:
            following = _NEXT_FEATURE.search(text, position)
            stop, resume = following.span() if following else (len(text), len(text))
            if piece := text[position:stop].strip(" ;"):
                yield Unreadable(piece, 'it is not KEY start..end; /qualifier="value"; …')
            position = resume


def _feature(match: re.Match[str]) -> Feature | None:
    """None if a quote was not closed, so that a following feature lies within a value."""
    qualifiers = []
    for qualifier in _ONE_QUALIFIER.finditer(match["qualifiers"]):
        value = qualifier["value"]
        if '"' in value and _SWALLOWED.search(value):
            return None
        qualifiers.append((qualifier["name"], value.replace('""', '"')))
    piece = match[0].strip().removesuffix(";")
    return Feature(match["key"], match["location"], tuple(qualifiers), piece)


def parse_location(location: str, n_residues: int) -> tuple[int, int] | str:
    """First residue, 0-based, and one past the last; or why there is no such place.

    `<` and `>` say that a feature goes on before the first or after the last residue of the
    sequence: what lies within is taken. An unknown or uncertain end (`?`, `?12`) and a position
    on another isoform or molecule (`P04637-2:5..10`) give no place.

    Args:
        location: such as "5", "1..20", "<1..20", "1..>30".
        n_residues: of the sequence.
    """
    match = _LOCATION.fullmatch(location)
    if match is None:
        return f"{location} is not a location"
    if match["isoform"] is not None:
        return f"the position is on {match['isoform']}, another sequence"
    ends = (match["first"], match["first"] if match["last"] is None else match["last"])
    if any("?" in end for end in ends):
        known = [end for end in ends if end != "?"]
        return "the position is uncertain" if "?" in "".join(known) else "an end is unknown"
    numbers = [end.lstrip("<>") for end in ends]
    if not all(numbers):
        return f"{location} is not a location"
    first, last = map(int, numbers)
    if not 1 <= first <= last:
        return f"{location} does not run forward from 1"
    if last > n_residues:
        return f"it ends at {last}, the sequence has {n_residues} residues"
    return first - 1, last
