"""Which numbers of a sequence database a structure file states for its chains."""

from dataclasses import dataclass

import gemmi

# Those with a question mark may be missing.
_COLUMNS = [
    "pdbx_strand_id", "pdbx_db_accession", "pdbx_auth_seq_align_beg", "db_align_beg",
    "?seq_align_beg", "?seq_align_end",
]  # fmt: skip
_Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A stretch of a chain that is a stretch of a protein of a database.

    Attributes:
        accession: of the protein.
        author: number of the stretch's first residue as the file's author counts.
        database: number of the same residue in the protein.
        first: number of the same residue among all that the file names for the chain; 0 if it
            does not say.
        last: the same of the last residue.
    """

    accession: str
    author: int
    database: int
    first: int
    last: int

    @property
    def shift(self) -> int:
        """What is added to the author's numbers."""
        return self.database - self.author

    @property
    def label_shift(self) -> int:
        """What is added to numbers among all residues that the file names for the chain."""
        return self.database - self.first


def references_of(text: str, *, is_mmcif: bool) -> dict[str, list[Reference]]:
    """By chain, from DBREF lines of a PDB file or `_struct_ref_seq` of an mmCIF file.

    What is not written as the format wants it is left out.
    """
    found: dict[str, list[Reference]] = {}
    for chain, accession, *numbers in _mmcif_rows(text) if is_mmcif else _pdb_rows(text):
        if all(number.lstrip("-").isdecimal() and len(number) < 10 for number in numbers):
            author, database, first, last = map(int, numbers)
            found.setdefault(chain, []).append(
                Reference(
                    accession=accession, author=author, database=database, first=first, last=last
                )
            )
    return found


def _pdb_rows(text: str) -> list[_Row]:
    return [
        (line[12].strip(), line[33:41].strip(), line[14:18].strip(), line[55:60].strip(), "0", "0")
        for line in text.splitlines()
        if line.startswith("DBREF ") and len(line) > 60
    ]


def _mmcif_rows(text: str) -> list[_Row]:
    table = gemmi.cif.read_string(text)[0].find("_struct_ref_seq.", _COLUMNS)
    return [
        tuple(row.str(at) if row.has(at) else "0" for at in range(len(_COLUMNS))) for row in table
    ]
