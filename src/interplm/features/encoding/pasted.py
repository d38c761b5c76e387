"""Sequences that somebody has just pasted."""

from interplm.errors import MalformedInput
from interplm.proteins.identifiers import parse_header
from interplm.proteins.records import ProteinRecord, make_record

UNNAMED = "pasted sequence"


def read_sequences(text: str, *, max_residues: int, max_records: int = 1) -> list[ProteinRecord]:
    """Proteins from a pasted sequence or FASTA records.

    Args:
        text: as it was pasted.
        max_residues: of one protein.
        max_records: how many there may be.

    Raises:
        MalformedInput: if there is none or more than may be, a letter that is no residue, or more
            residues than the limit.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(";")]
    if not lines:
        raise MalformedInput("There is no sequence yet: paste one, or a FASTA record.")
    n_headers = sum(line.startswith(">") for line in lines)
    if n_headers and not lines[0].startswith(">"):
        raise MalformedInput("Residues stand before the FASTA header: put the `>` line first.")
    if n_headers > max_records:
        raise MalformedInput(
            f"The text holds {n_headers:,} FASTA records, at most {max_records:,} are read: keep "
            "those that you want to see."
        )
    starts = [i for i, line in enumerate(lines) if line.startswith(">")] or [0]
    stops = [*starts[1:], len(lines)]
    return [
        _record(lines[start:stop], max_residues=max_residues)
        for start, stop in zip(starts, stops, strict=True)
    ]


def read_sequence(text: str, *, max_residues: int) -> ProteinRecord:
    """One protein; see `read_sequences`."""
    (record,) = read_sequences(text, max_residues=max_residues)
    return record


def _record(lines: list[str], *, max_residues: int) -> ProteinRecord:
    accession, description = UNNAMED, ""
    if lines[0].startswith(">"):
        accession, description = parse_header(lines[0][1:])
        lines = lines[1:]
    name = accession or "unnamed"
    raw = "".join(lines)
    # The sum is bounded before it is looked at letter by letter.
    if len(raw) > 2 * max_residues + 1000:
        raise MalformedInput(_too_long(name, f"about {len(raw):,} letters", max_residues))
    record = make_record(name, raw, description, 1)
    if not isinstance(record, ProteinRecord):
        raise MalformedInput(f"{name[:60]}: {record.reason}; paste residues of a protein only.")
    if len(record.sequence) > max_residues:
        found = f"{len(record.sequence):,} residues"
        raise MalformedInput(_too_long(name, found, max_residues))
    return record


def _too_long(name: str, found: str, limit: int) -> str:
    return f"{name[:60]} has {found}, the limit is {limit:,} residues: paste a part of it."
