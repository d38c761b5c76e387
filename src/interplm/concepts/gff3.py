"""Annotations from GFF3."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from interplm.concepts.positions_file import Instance, PositionsFile, fields_of, place_of
from interplm.concepts.spans import ConceptSpan, Kind, RejectedAnnotation
from interplm.proteins.text import numbered_lines

_COLUMNS = "seqid, source, type, start, end, score, strand, phase, attributes"


class Gff3Source(PositionsFile):
    """Features of proteins in GFF3 1.26: nine tab-separated columns, numbered from 1, inclusive.

    Lines that share an ID are instances of their own. `%09` and the like are decoded, the
    attribute `Note` becomes the note and `evidence` the evidence. A `##FASTA` part ends the
    annotations.

    Args:
        path: plain or gzip.
        named_by: attribute that names the concept, such as "Name" or "Note"; null for the type
            in column 3. A feature without it is set aside.
        kind: see PositionsFile.
        category: see PositionsFile.
        family: see PositionsFile.
        evidence: see EvidenceFilter.
    """

    def __init__(
        self,
        *,
        path: str | Path,
        named_by: str | None,
        kind: Kind,
        category: str,
        family: str,
        evidence: str | Sequence[str],
    ) -> None:
        super().__init__(path=path, kind=kind, category=category, family=family, evidence=evidence)
        self._named_by = named_by

    def _instances(self) -> Iterator[Instance | RejectedAnnotation]:
        for number, line in numbered_lines(self.path):
            if line.startswith(("##FASTA", ">")):
                return
            if line.strip() and not line.startswith("#"):
                yield self._instance(number, line)

    def _instance(self, number: int, line: str) -> Instance | RejectedAnnotation:
        seqid, _, feature_type, start, end, *_, attributes = fields_of(
            self.path, number, line, at_least=9, columns=_COLUMNS
        )[:9]
        accession, values = unquote(seqid), _attributes(attributes)
        named_by = self._named_by
        concept = unquote(feature_type) if named_by is None else values.get(named_by, "")
        if not concept:
            return RejectedAnnotation(
                accession=accession,
                field="attributes",
                reason=f"there is no attribute {named_by} to name the concept",
                piece=line,
                line=number,
            )
        first, stop = place_of(self.path, number, start, end, first=1)
        span = ConceptSpan(
            accession=accession,
            concept=concept,
            start=first,
            stop=stop,
            note=values.get("Note", ""),
            evidence=tuple(filter(None, values.get("evidence", "").split(","))),
        )
        return Instance(span=span, kind="", line=number)


def _attributes(text: str) -> dict[str, str]:
    """`ID=a;Note=x%3By` as names and values; escapes are decoded after the parts are split."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {unquote(name.strip()): unquote(value.strip()) for name, _, value in pairs}
