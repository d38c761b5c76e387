"""What a UniProtKB table says of whole proteins: EC numbers, cofactors, notes on domains."""

import re
from collections.abc import Callable

_EVIDENCE = re.compile(r"\s*\{ECO:[^}]*\}")
_COFACTOR_NOTE = re.compile(r"Note=.*?(?:;\s*(?=COFACTOR:|Name=)|$)", re.DOTALL)
_COFACTOR_NAME = re.compile(r"(?:^|[:;]\s*)Name=([^;]+)")


def ec_numbers(text: str) -> tuple[str, ...]:
    """`1.6.5.4; 4.2.1.1` as two numbers."""
    return tuple(filter(None, (number.strip() for number in text.split(";"))))


def cofactors(text: str) -> tuple[str, ...]:
    """Distinct names of `COFACTOR: [chain]: Name=Zn(2+); Xref=…; Note=…; COFACTOR: …`.

    A cofactor of one chain or isoform counts like any; a note without a name gives none.
    """
    names = (match[1].strip() for match in _COFACTOR_NAME.finditer(_COFACTOR_NOTE.sub("", text)))
    return tuple(dict.fromkeys(names))


def domain_notes(text: str) -> tuple[str, ...]:
    """`DOMAIN: … {ECO:…}. DOMAIN: …` as sentences without evidence."""
    notes = (_EVIDENCE.sub("", note).strip(" .;") for note in re.split(r"\bDOMAIN: ", text))
    return tuple(filter(None, notes))


# By column.
LABELS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "EC number": ec_numbers,
    "Cofactor": cofactors,
    "Domain [CC]": domain_notes,
}
