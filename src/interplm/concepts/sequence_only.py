"""Concepts that follow from the sequences alone, for proteins that nobody annotated."""

from collections.abc import Iterator

from interplm.concepts.source import AnnotationSource, Found
from interplm.concepts.spans import AnnotatedProtein, RejectedAnnotation
from interplm.proteins import ProteinSource, Rejected


class SequenceOnlySource(AnnotationSource):
    """The proteins of a file with their amino acids, and no other concept.

    Args:
        proteins: the file.
    """

    lists_every_protein = True

    def __init__(self, *, proteins: ProteinSource) -> None:
        super().__init__(path=None, amino_acids=True)
        self._proteins = proteins

    def __str__(self) -> str:
        return str(self._proteins.path)

    def sha256(self) -> str:
        """Of the file of proteins."""
        return self._proteins.sha256()

    def _read(self) -> Iterator[Found]:
        for record in self._proteins.read():
            if isinstance(record, Rejected):
                yield RejectedAnnotation(
                    accession=record.accession,
                    field=record.field,
                    reason=record.reason,
                    piece="the whole record",
                    line=record.line,
                )
            else:
                yield AnnotatedProtein(
                    accession=record.accession,
                    sequence=record.sequence,
                    name=record.description,
                    spans=(),
                    line=record.line,
                )
