"""Names of proteins, read alike wherever they stand: FASTA, GFF3, BED, tables, file names.

A word in the form of a database gives that database's accession. Any other word is a name as it
stands, so that two records have one name only where a database says that they are one: of
`CBM50|1547596|Aaa1` and `CBM50|1547597|Aaa1` nothing is taken away. A name that was read gives
itself when it is read again.

Source of the forms: NCBI C++ Toolkit book, "FASTA sequence ID format"; UniProt help, "FASTA
headers"; the JGI portals; RCSB PDB, PDBe and AlphaFold DB downloads; NBRF/PIR.
"""

import re
from collections.abc import Sequence

_UNIPROT = r"(?:[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2})"
# https://www.uniprot.org/help/accession_numbers
UNIPROT_ACCESSION = re.compile(_UNIPROT)
_ISOFORM = rf"{_UNIPROT}(?:-[0-9]+)?"
_UNIPROT_NAME = re.compile(_ISOFORM)
_ENTRY_NAME = re.compile(r"[A-Z0-9]{1,16}_[A-Z0-9]{1,5}")
_ALPHAFOLD = re.compile(rf"(?:AFDB:)?AF-({_ISOFORM})-F([0-9]+)(?:-model_v[0-9]+)?")
_PIR = re.compile(r"(?:P1|F1|DL|DC|RL|RC|N1|N3|XX);(?=\S)")
# A letter in the identifier tells an entry of the PDB from numbers that somebody joined.
_PDB = r"(?=[0-9]*[A-Za-z])[0-9][A-Za-z0-9]{3}|pdb_[0-9]{5}[A-Za-z0-9]{3}"
_PDB_CHAIN = re.compile(rf"({_PDB})[_:]([A-Za-z0-9]{{1,4}})(\|PDBID\|.*|\|Chains?)?")
# A part of a sequence is another sequence: `sp|P04637|P53_HUMAN/94-292`, `ref|NP_1.1|:5-90`.
_PART = re.compile(r"[/:]c?[0-9]+-[0-9]+$")
# Headers of UniProtKB, read at once for speed.
_COMMONEST = re.compile(r"(?:sp|tr)\|([A-Z0-9-]+)\|[A-Za-z0-9_]*")
# Databases whose identifier is `tag|accession|name`, the accession of PIR and PRF being empty.
_WITH_NAME = frozenset(
    "sp tr ref gb emb dbj pir prf tpg tpe tpd gpp nat".split()  # noqa: SIM905 - a table of words
)
# Those of one field, of which `gi` is given up for any other of the same header.
_ONE_FIELD = frozenset(("gi", "lcl"))


def parse_header(header: str) -> tuple[str, str]:
    """Name and description of a FASTA header, without its `>`.

    The name is read from the first word, which any white space ends, no-break spaces and tabs
    among it. Where one header stands for several equal sequences (NCBI's nr parts them by Ctrl-A)
    the first gives the name.
    """
    words = header.replace("\x01", " ; ").split(None, 1)
    if not words:
        return "", ""
    return name_of(words[0]), visible(words[1]) if len(words) > 1 else ""


def name_in_cell(text: str) -> str:
    """The name that a cell of a table or a column of GFF3 or BED holds.

    A cell that begins with a database's identifier is read as a header is; else all of it is the
    name, white space within it included, so that `protein 1` and `protein 2` are two.
    """
    words = text.split()
    if not words:
        return ""
    first = name_of(words[0])
    return first if first != words[0] else " ".join(words)


def name_of(word: str) -> str:
    """The name that a word without white space gives; see the module."""
    while (name := _read(word)) != word:
        word = name
    return name


def _read(word: str) -> str:
    if match := _COMMONEST.fullmatch(word):
        return match[1]
    whole = word.rstrip("|")
    if "|" not in whole:
        return _without_bars(whole)
    part = _PART.search(whole)
    found = _accession((whole[: part.start()] if part else whole).split("|"))
    if found is None:
        return _without_bars(whole)
    return found + (part[0] if part else "")


def _without_bars(word: str) -> str:
    if word[:1].isdecimal() or word.startswith("pdb_"):
        if match := _PDB_CHAIN.fullmatch(word):
            return _chain(match[1], match[2])
    elif word.startswith(("AF-", "AFDB:")):
        if match := _ALPHAFOLD.fullmatch(word):
            # Later fragments of a long protein are other sequences than its first.
            return match[1] if match[2] == "1" else f"AF-{match[1]}-F{match[2]}"
    elif ";" in word and (match := _PIR.match(word)):
        return word[match.end() :]
    return word


def is_pir(header: str) -> bool:
    """Whether a header is of the NBRF/PIR format, in which the next line is a title."""
    return _PIR.match(header.lstrip()) is not None


def _accession(fields: Sequence[str]) -> str | None:
    """Of the parts between bars; None unless all of them are of a known form."""
    if _UNIPROT_NAME.fullmatch(fields[0]):
        described = all("=" in field or _ENTRY_NAME.fullmatch(field) for field in fields[1:])
        return fields[0] if described else None
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(fields):
        accession, length = _identifier(fields[position:])
        if not accession:
            break
        found.append((fields[position].lower(), accession))
        position += length
    # What follows may be remarks (`organism=Mouse`), but nothing that could tell two records apart.
    if not found or not all("=" in field for field in fields[position:]):
        return None
    return next((accession for tag, accession in found if tag != "gi"), found[0][1])


def _identifier(fields: Sequence[str]) -> tuple[str, int]:
    """The identifier that comes first, and how many fields it takes; "" where there is none."""
    tag, values = fields[0].lower(), [*fields[1:4], "", "", ""]
    if tag in _ONE_FIELD:
        return values[0], 2
    if tag in _WITH_NAME:
        return values[0] or values[1], 3
    if tag == "pdb":
        return _chain(values[0], values[1]), 3
    if tag == "gnl":
        # The identifiers of two databases may be equal.
        return "|".join(filter(None, values[:2])), 3
    if tag == "jgi":
        # What follows is the gene model; the number is unique within the genome.
        return "|".join(filter(None, values[:2])), 4
    if tag in ("pat", "pgp"):
        return "|".join(filter(None, values[:3])), 4
    return "", 0


def _chain(entry: str, chain: str) -> str:
    """`1ABC_A`: entries of the PDB are written in either case, chains `A` and `a` are two."""
    entry = entry if entry.startswith("pdb_") else entry.upper()
    return f"{entry}_{chain}" if chain else entry


def visible(text: str) -> str:
    """Text without control characters, which a terminal or a browser would obey."""
    if text.isprintable():
        return text.strip()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def complaint_of_name(name: str) -> str:
    """Why a name cannot be one, or ""."""
    if not name:
        return "there is no accession"
    unseen = "" if name.isprintable() else next(c for c in name if not c.isprintable())
    return f"the name holds U+{ord(unseen):04X}, a character that cannot be seen" if unseen else ""
