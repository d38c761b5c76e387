"""Proteins from FASTA."""

from collections.abc import Iterator

from interplm.errors import MalformedInput
from interplm.proteins.records import ProteinRecord, Rejected, make_record, parse_header
from interplm.proteins.source import ProteinSource
from interplm.proteins.text import numbered_lines


class FastaSource(ProteinSource):
    """`>header` lines, each followed by lines of residues; `;` begins a comment line."""

    def _read_raw(self) -> Iterator[ProteinRecord | Rejected]:
        header: str | None = None
        header_line = 0
        chunks: list[str] = []
        for number, line in numbered_lines(self.path):
            if line.startswith(">"):
                if header is not None:
                    yield _record(header, chunks, header_line)
                header, header_line, chunks = line[1:], number, []
            elif line.startswith(";") or not line.strip():
                continue
            elif header is None:
                raise MalformedInput(
                    f"{self.path}, line {number}: {line[:40]!r} stands before the first header; "
                    "a FASTA record begins with `>`."
                )
            else:
                chunks.append(line)
        if header is not None:
            yield _record(header, chunks, header_line)


def _record(header: str, chunks: list[str], line: int) -> ProteinRecord | Rejected:
    accession, description = parse_header(header)
    return make_record(accession, "".join(chunks), description, line)
