"""One protein, and one that could not be used."""

import re
from dataclasses import dataclass

from interplm.proteins.alphabet import RESIDUES
from interplm.proteins.identifiers import complaint_of_name
from interplm.proteins.nucleotides import nucleotide_share

_FOREIGN = re.compile(f"[^{RESIDUES}]")
_GAPS = re.compile(r"[-.]")


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
        field: what is wrong: "accession", "sequence", "length", "nucleotides" or "fields".
        reason: in words.
        line: 1-based line on which the record begins.
    """

    accession: str
    field: str
    reason: str
    line: int


def make_record(
    accession: str,
    raw_sequence: str,
    description: str,
    line: int,
    *,
    aligned: bool = False,
    refuse_nucleotides: bool = True,
) -> ProteinRecord | Rejected:
    """A record with a clean sequence: upper case, white space and a final `*` taken away.

    Set aside are a record without accession or residues, one with a stop codon inside, a row of
    an alignment, nucleotides, and any letter that is not a residue: taking such letters away would
    shift the numbering of what follows.

    Args:
        accession: as the file's reader found it.
        raw_sequence: as it stands in the file.
        description: what else the file says.
        line: 1-based.
        aligned: take gaps (`-` and `.`) away; residues are numbered without them.
        refuse_nucleotides: see nucleotide_share.
    """
    if complaint := complaint_of_name(accession):
        return Rejected(accession, "accession", complaint, line)
    sequence = "".join(raw_sequence.split()).upper().removesuffix("*")
    if aligned:
        sequence = _GAPS.sub("", sequence).removesuffix("*")
    foreign = _FOREIGN.search(sequence)
    if foreign is not None:
        return Rejected(accession, "sequence", _complaint(foreign), line)
    if not sequence:
        return Rejected(accession, "sequence", "there are no residues", line)
    if refuse_nucleotides and (share := nucleotide_share(sequence)):
        reason = f"these look like nucleotides: {share:.0%} of the letters are A, C, G, T, U or N"
        return Rejected(accession, "nucleotides", reason, line)
    return ProteinRecord(accession, sequence, description, line)


def _complaint(foreign: re.Match[str]) -> str:
    where = f"{foreign[0]!r} at residue {foreign.start() + 1}"
    if foreign[0] == "*":
        return f"stop codon {where}"
    if _GAPS.match(foreign[0]):
        mend = "proteins.source.aligned=true takes them out"
        return f"gap {where}: this is a row of an alignment ({mend})"
    return f"{where} is not a residue"
