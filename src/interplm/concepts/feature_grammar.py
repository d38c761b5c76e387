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

Before 2019 a feature was `KEY start end note. {evidence}. /FTId=id.`; that is read too, as if it
were written as today.
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
# In a value that swallowed the beginning of another qualifier a closing quote is missing, or the
# other qualifier is misspelt: `"; evidence="`, `"; /evidence:`.
_SWALLOWED = re.compile(r';\s*/\w+=(?:"|$)|"\s*;\s*[/\\]?\s*\w+\s*[=:"]')
# What belongs into the qualifier `evidence` alone; elsewhere it would be lost.
_EVIDENCE = re.compile(r"ECO:[0-9]{7}")
# No protein has a billion residues.
_POSITION = r"[<>?]?[0-9]{0,9}"
_LOCATION = re.compile(
    rf"(?:(?P<isoform>[^:]+):)?(?P<first>{_POSITION})(?:\.\.(?P<last>{_POSITION}))?"
)
_FORMER_HEAD = r"[A-Z][A-Z0-9_]* +(?:[<>?]?[0-9]+|\?) +(?:[<>?]?[0-9]+|\?)(?=[ .;]|$)"
_FORMER = re.compile(
    rf"\s*(?P<head>{_FORMER_HEAD})(?P<rest>[^\"]*?)\s*(?:;\s*(?={_FORMER_HEAD}|$)|$)"
)
_FORMER_REST = re.compile(
    r"\s*(?P<note>.*?)\.?\s*(?:\{(?P<evidence>ECO:[^}]*)\}\.?)?\s*(?:/FTId=(?P<id>\w+)\.?)?"
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
    reason = 'it is not KEY start..end; /qualifier="value"; …'
    for pattern, qualifier, is_strict in _FORMS:
        if match := pattern.match(text, position):
            feature = _feature(match, qualifier)
            fault = _misspelt(feature, is_strict=is_strict)
            if not fault:
                return feature, match.end()
            reason = fault
    if match := _FORMER.match(text, position):
        return _former(match), match.end()
    following = _PIECE.match(text, position) or _NEXT_FEATURE.search(text, position)
    stop = len(text) if following is None else following.end()
    return Unreadable(text[position:stop].strip(" ;"), reason), stop


_FORMS = ((_FEATURE, _QUALIFIER, True), (_FEATURE_LENIENT, _QUALIFIER_LENIENT, False))


def _misspelt(feature: Feature, *, is_strict: bool) -> str:
    """Why a qualifier's value is not its own alone, or ""."""
    for name, value in feature.qualifiers:
        if not is_strict and _SWALLOWED.search(value):
            return f"/{name} runs into what follows it: a quote or a slash is missing"
        if name != "evidence" and _EVIDENCE.search(value):
            return f"/{name} holds evidence, which belongs to /evidence"
    return ""


def _feature(match: re.Match[str], qualifier: re.Pattern[str]) -> Feature:
    values = qualifier.findall(match["qualifiers"])
    return Feature(
        key=match["key"],
        location=match["location"],
        qualifiers=tuple((name, value.replace('""', '"')) for name, value in values),
        piece=match[0].strip().removesuffix(";"),
    )


def _former(match: re.Match[str]) -> Feature:
    key, first, last = match["head"].split()
    rest = _FORMER_REST.fullmatch(match["rest"])
    values = rest.groupdict() if rest else {"note": match["rest"].strip()}
    return Feature(
        key=key,
        location=first if first == last else f"{first}..{last}",
        qualifiers=tuple((name, value) for name, value in values.items() if value),
        piece=match[0].strip().removesuffix(";"),
    )


def parse_location(location: str) -> tuple[int, int] | str:
    """First residue, 0-based, and one past the last; or why there is no such place.

    `<` and `>` say that a feature goes on before the first or after the last residue of the
    sequence: what lies within is taken. An unknown or uncertain end (`?`, `?12`) and a position
    on another isoform or molecule (`P04637-2:5..10`) give no place.

    Args:
        location: such as "5", "1..20", "<1..20", "1..>30".
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
    return first - 1, last


def is_location(text: str) -> bool:
    """Whether it is written as a location, be it a place or not."""
    return _LOCATION.fullmatch(text) is not None
