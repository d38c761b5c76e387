"""The text in which UniProtKB tables write sequence features.

    column    = feature *("; " feature)
    feature   = KEY " " location *("; /" name "=" '"' value '"')
    location  = [isoform ":"] position [".." position]
    position  = ["<" / ">" / "?"] [number]

Qualifiers come in any order, and a value may contain semicolons and slashes. A quote inside a
value is doubled. Where the text cannot be read so, a quote that is not doubled is taken as part of
the value too, as long as what follows it is neither a qualifier nor a feature.
Source: UniProt user manual, "Sequence annotation (Features)", and the INSDC feature table for `<`,
`>` and quotes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A feature's beginning, and what may follow it and each of its qualifiers.
_HEAD = r"[A-Z][A-Z0-9_]* +[^\s;]+"
_FEATURE_AHEAD = rf"(?={_HEAD}\s*(?:;|$))"
_AHEAD = rf'(?=\s*(?:;\s*(?:/\w+="|{_FEATURE_AHEAD}|$)|$))'
# Possessive, so that no text takes more than one attempt.
_DOUBLED = r'(?>[^"]|"")*+'
_LENIENT = rf'(?>[^"]|""|"(?!{_AHEAD}))*+'


def _feature_pattern(value: str) -> re.Pattern[str]:
    qualifier = rf';\s*/\w+="{value}"{_AHEAD}'
    return re.compile(
        rf"\s*(?P<key>[A-Z][A-Z0-9_]*) +(?P<location>[^\s;]+)"
        rf"(?P<qualifiers>(?:{qualifier})*)\s*(?:;\s*|$)(?:$|{_FEATURE_AHEAD})"
    )


_FEATURE, _FEATURE_LENIENT = map(_feature_pattern, (_DOUBLED, _LENIENT))
_QUALIFIER = re.compile(rf';\s*/(\w+)="({_DOUBLED})"')
_QUALIFIER_LENIENT = re.compile(rf';\s*/(\w+)="({_LENIENT})"')
_NEXT_FEATURE = re.compile(rf";\s*{_FEATURE_AHEAD}")
# Up to the next feature outside quotes, if all quotes are closed.
_PIECE = re.compile(
    rf'(?>[^";]|"{_DOUBLED}"|;(?!\s*{_FEATURE_AHEAD}))*+(?:{_NEXT_FEATURE.pattern}|$)'
)
# In a value that swallowed the beginning of another qualifier a closing quote is missing.
_SWALLOWED = re.compile(r';\s*/\w+=(?:"|$)')
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
    """A piece of text that is not a feature, and why."""

    piece: str
    reason: str


def parse_features(text: str) -> Iterator[Feature | Unreadable]:
    """Every feature of a column, in order.

    What does not follow the grammar is given back up to where the next feature begins.
    """
    position = 0
    while position < len(text):
        found, position = _next(text, position)
        if found.piece:
            yield found


def _next(text: str, position: int) -> tuple[Feature | Unreadable, int]:
    """What stands at a position, and where the next feature begins or the text ends."""
    if match := _FEATURE.match(text, position):
        return _feature(match, _QUALIFIER), match.end()
    if match := _FEATURE_LENIENT.match(text, position):
        feature = _feature(match, _QUALIFIER_LENIENT)
        if not any(_SWALLOWED.search(value) for _, value in feature.qualifiers):
            return feature, match.end()
    following = _PIECE.match(text, position) or _NEXT_FEATURE.search(text, position)
    stop = len(text) if following is None else following.end()
    reason = 'it is not KEY start..end; /qualifier="value"; …'
    return Unreadable(text[position:stop].strip(" ;"), reason), stop


def _feature(match: re.Match[str], qualifier: re.Pattern[str]) -> Feature:
    values = qualifier.findall(match["qualifiers"])
    return Feature(
        key=match["key"],
        location=match["location"],
        qualifiers=tuple((name, value.replace('""', '"')) for name, value in values),
        piece=match[0].strip().removesuffix(";"),
    )


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
    if any(end.startswith("?") and end != "?" for end in ends):
        return "the position is uncertain"
    if "?" in ends:
        return "an end is unknown"
    numbers = [end.lstrip("<>") for end in ends]
    if not all(numbers):
        return f"{location} is not a location"
    first, last = map(int, numbers)
    if not 1 <= first <= last:
        return f"{location} does not run forward from 1"
    if last > n_residues:
        return f"it ends at {last}, the sequence has {n_residues} residues"
    return first - 1, last
