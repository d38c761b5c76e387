"""One protein, and one that could not be used."""

import re
from dataclasses import dataclass

from interplm.proteins.alphabet import RESIDUES

_FOREIGN = re.compile(f"[^{RESIDUES}]")
_GAPS = re.compile(r"[-.]")
_DATABASES = frozenset({"sp", "tr", "ref", "gb", "emb", "dbj", "pdb", "pir", "prf", "lcl"})


@dataclass(frozen=True, slots=True)
class ProteinRecord:
    """A protein that can be embedded.

    Attributes:
        accession: identifier, unique in its file.
        sequence: upper-case letters of `RESIDUES`, at least one.
        description: what else the file says of it, possibly empty.
        line: 1-based line on which the record begins.
    """

    accession: str
    sequence: str
    description: str
    line: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was set aside, and why.

    Attributes:
        accession: as far as it is known, possibly empty.
        field: what is wrong: "accession", "sequence" or "length".
        reason: in words.
        line: 1-based line on which the record begins.
    """

    accession: str
    field: str
    reason: str
    line: int


def make_record(
    accession: str, raw_sequence: str, description: str, line: int
) -> ProteinRecord | Rejected:
    """A record with a clean sequence: upper case, white space and a final `*` taken away.

    Set aside are a record without accession or residues, one with a stop codon inside, a row of
    an alignment, and any letter that is not a residue: taking such letters away would shift the
    numbering of what follows.
    """
    if not accession:
        return Rejected("", "accession", "the header has no accession", line)
    sequence = "".join(raw_sequence.split()).upper().removesuffix("*")
    foreign = _FOREIGN.search(sequence)
    if foreign is not None:
        return Rejected(accession, "sequence", _complaint(foreign), line)
    if not sequence:
        return Rejected(accession, "sequence", "there are no residues", line)
    return ProteinRecord(accession, sequence, description, line)


def _complaint(foreign: re.Match[str]) -> str:
    where = f"{foreign[0]!r} at residue {foreign.start() + 1}"
    if foreign[0] == "*":
        return f"stop codon {where}"
    if _GAPS.match(foreign[0]):
        return f"gap {where}: this is a row of an alignment"
    return f"{where} is not a residue"


def parse_header(header: str) -> tuple[str, str]:
    """Accession and description of a FASTA header, without its `>`.

    The accession is the first word; of a word with bars it is the part after a database's name
    (`sp|P33413|DUR3_YEAST` gives P33413, `gi|123|ref|NP_1.1|` gives NP_1.1), or else the part
    before the first bar (`P0C1V6|organism=Other`).
    """
    first, _, description = header.strip().partition(" ")
    parts = first.split("|")
    for database, accession in zip(parts, parts[1:], strict=False):
        if database.lower() in _DATABASES and accession:
            return accession, description.strip()
    # `gi|123` and `gnl|db|id`: the identifier comes last.
    if parts[0].lower() in ("gi", "gnl") and len(parts) > 1:
        return next((part for part in reversed(parts) if part), ""), description.strip()
    return parts[0], description.strip()
