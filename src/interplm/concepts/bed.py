"""Annotations from BED."""

from collections.abc import Iterator

from interplm.concepts.positions_file import Instance, PositionsFile, fields_of, place_of
from interplm.concepts.spans import ConceptSpan, RejectedAnnotation
from interplm.proteins.text import numbered_lines

# Of the twelve columns, the number of blocks.
_BLOCK_COUNT = 9


class BedSource(PositionsFile):
    """BED: accession, start, end, name, tab-separated; residues numbered from 0, end not included.

    The name is the concept. Further columns are left alone, but a line that is divided into
    blocks is set aside: its whole range is not what it annotates. `track`, `browser` and `#`
    lines are skipped.
    """

    def _instances(self) -> Iterator[Instance | RejectedAnnotation]:
        for number, line in numbered_lines(self.path):
            if line.strip() and not line.startswith(("#", "track", "browser")):
                yield self._instance(number, line)

    def _instance(self, number: int, line: str) -> Instance | RejectedAnnotation:
        fields = fields_of(
            self.path, number, line, at_least=4, columns="accession, start, end, name"
        )
        accession, start, end, name = fields[:4]
        is_divided = len(fields) > _BLOCK_COUNT and fields[_BLOCK_COUNT] not in ("", "0", "1")
        if is_divided or name in ("", "."):
            reason = "it is divided into blocks: give one line a block" if is_divided else "no name"
            return RejectedAnnotation(
                accession=accession, field="name", reason=reason, piece=line, line=number
            )
        first, stop = place_of(self.path, number, start, end, first=0)
        span = ConceptSpan(accession=accession, concept=name, start=first, stop=stop)
        return Instance(span=span, kind="", line=number)
