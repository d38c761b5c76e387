"""Which numbers of a sequence database a structure file states for its chains."""

import gemmi

# By accession: what is added to the author's numbers.
Offsets = dict[str, int]
_COLUMNS = ["pdbx_strand_id", "pdbx_db_accession", "pdbx_auth_seq_align_beg", "db_align_beg"]


def offsets_of(text: str, *, is_mmcif: bool) -> dict[str, Offsets]:
    """By chain, from DBREF lines of a PDB file or `_struct_ref_seq` of an mmCIF file.

    What is not written as the format wants it is left out: these numbers only decide where the
    sequence alone does not.
    """
    rows = _mmcif_rows(text) if is_mmcif else _pdb_rows(text)
    found: dict[str, Offsets] = {}
    for chain, accession, author, database in rows:
        if author.lstrip("-").isdecimal() and database.isdecimal():
            found.setdefault(chain, {}).setdefault(accession, int(database) - int(author))
    return found


def _pdb_rows(text: str) -> list[tuple[str, str, str, str]]:
    return [
        (line[12].strip(), line[33:41].strip(), line[14:18].strip(), line[55:60].strip())
        for line in text.splitlines()
        if line.startswith("DBREF ") and len(line) > 60
    ]


def _mmcif_rows(text: str) -> list[tuple[str, str, str, str]]:
    table = gemmi.cif.read_string(text)[0].find("_struct_ref_seq.", _COLUMNS)
    return [(row.str(0), row.str(1), row.str(2), row.str(3)) for row in table]
