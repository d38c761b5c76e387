"""Proteins from FASTA."""

from collections.abc import Iterator

from interplm.errors import MalformedInput
from interplm.proteins.identifiers import is_pir, parse_header
from interplm.proteins.records import ProteinRecord, Rejected
from interplm.proteins.source import ProteinSource


class FastaSource(ProteinSource):
    """`>header` lines, each followed by lines of residues; `;` begins a comment line.

    A header need not begin its line: two files put together may lack the line end between them.
    After the header of an NBRF/PIR record (`>P1;name`) stands a line with its title. Before the
    first header lines that begin with `#` are left out, as in alignments of ColabFold.
    """

    def _read_raw(self) -> Iterator[ProteinRecord | Rejected]:
        header: str | None = None
        header_line = n_letters = 0
        chunks: list[str] = []
        for number, line in self._lines():
            if line.startswith(";"):
                continue
            if ">" not in line and header is not None:
                chunks.append(line)
                n_letters += len(line)
                if n_letters > self._longest_record:
                    self._check_length(n_letters, parse_header(header)[0], header_line)
                continue
            residues, mark, following = line.partition(">")
            if header is not None:
                yield self._closed(header, [*chunks, residues], header_line)
            elif not residues.isspace() and residues and not line.startswith("#"):
                raise self._no_header(number, line)
            if mark:
                header, header_line, n_letters, chunks = following, number, 0, []
        if header is not None:
            yield self._closed(header, chunks, header_line)

    def _closed(self, header: str, chunks: list[str], line: int) -> ProteinRecord | Rejected:
        accession, description = parse_header(header)
        if is_pir(header) and chunks:
            description = " ".join((description, chunks.pop(0))).strip()
        return self._record(accession, "".join(chunks), description, line)

    def _no_header(self, number: int, line: str) -> MalformedInput:
        return MalformedInput(
            f"{self.path}, line {number}: {line[:40]!r} stands before the first header; "
            "a FASTA record begins with `>`."
        )
