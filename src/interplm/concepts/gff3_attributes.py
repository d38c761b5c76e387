"""The ninth column of GFF3.

    column    = attribute *(";" attribute)
    attribute = name "=" value *("," value)

Reserved characters in names and values are written as `%3B` and the like. What programs write
besides: lists in quotes (`Dbxref="InterPro:IPR1","GO:1"`, InterProScan 5), the same attribute twice
(InterProScan 6), and a `;` of a note as it is, whose rest then lacks the `=`.
Source: Sequence Ontology, GFF3 specification 1.26.
"""

import re
from urllib.parse import unquote

# Those that the specification lets have several values.
_CODES = frozenset(("Parent", "Alias", "Dbxref", "Ontology_term", "evidence"))
_LISTS = _CODES | {"Note"}
_NAME = re.compile(r"\s*[A-Za-z_][A-Za-z0-9_.:%-]*\s*")
_QUOTED = r'"[^"]*"(?:\s*,\s*"[^"]*")*\s*'
_PART = re.compile(rf"\s*(?P<name>[^=;]*)=\s*(?P<quoted>{_QUOTED})(?=;|$)|(?P<plain>[^;]+)")
_ITEM = re.compile(r'"([^"]*)"')
_EVIDENCE = re.compile(r"ECO:[0-9]{7}")


def parse_attributes(text: str) -> dict[str, tuple[str, ...]] | str:
    """Values of each attribute, in order and decoded; or why the column cannot be read.

    A part without `=` goes on with the value before it. One with evidence in it does not: it is an
    attribute that lost its `=`.
    """
    found: dict[str, list[str]] = {}
    last = ""
    for part in _PART.finditer(text):
        name, mark, value = _split(part)
        if mark:
            last = _decoded(name)
            found.setdefault(last, []).extend(map(_decoded, value))
        elif _EVIDENCE.search(part[0]):
            return f"{part[0].strip()[:60]!r} is no attribute: evidence=… is"
        elif found.get(last) and last not in _CODES:
            found[last][-1] += f";{unquote(part[0].rstrip())}"
    return {name: tuple(filter(None, values)) for name, values in found.items()}


def _split(part: re.Match[str]) -> tuple[str, bool, list[str]]:
    """Name of an attribute, whether it is one, and its values as they are written."""
    if part["quoted"] is not None:
        return part["name"], True, _ITEM.findall(part["quoted"])
    name, mark, value = part["plain"].partition("=")
    is_list = name.strip() in _LISTS
    return name, bool(mark and _NAME.fullmatch(name)), value.split(",") if is_list else [value]


def _decoded(text: str) -> str:
    return unquote(text.strip())
