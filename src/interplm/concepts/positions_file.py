"""Files of annotations alone: one instance a line, no sequences."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from interplm.concepts.evidence import EvidenceFilter
from interplm.concepts.source import AnnotationSource
from interplm.concepts.spans import (
    AnnotatedProtein,
    Concept,
    ConceptSpan,
    Kind,
    RejectedAnnotation,
)
from interplm.errors import MalformedInput, UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One line: a span, the kind of its concept where the line states it, and its number."""

    span: ConceptSpan
    kind: str
    line: int


class PositionsFile(AnnotationSource):
    """A scientist's own annotations of proteins whose sequences are known from elsewhere.

    A protein that the file does not mention counts as one without annotations. The spans of a
    protein may stand anywhere in the file, so all are held in memory.

    Args:
        path: plain or gzip.
        kind: "residue" or "domain": of concepts whose kind no line states.
        category: of all concepts.
        family: of all concepts.
        evidence: see EvidenceFilter.
    """

    lists_every_protein = False

    def __init__(
        self,
        *,
        path: str | Path,
        kind: Kind,
        category: str,
        family: str,
        evidence: str | Sequence[str],
    ) -> None:
        super().__init__(path=path, amino_acids=False)
        if kind not in ("residue", "domain"):
            raise UserError(f"concepts.source.kind must be residue or domain, got {kind}.")
        self._kind = kind
        self._category = category
        self._family = family
        self._evidence = EvidenceFilter(evidence)

    @abstractmethod
    def _instances(self) -> Iterator[Instance | RejectedAnnotation]:
        """Every line in file order."""

    def _read(self) -> Iterator[AnnotatedProtein | RejectedAnnotation]:
        spans: dict[str, list[ConceptSpan]] = {}
        first_line: dict[str, int] = {}
        for found in self._instances():
            if isinstance(found, RejectedAnnotation):
                yield found
            elif not self._evidence.accepts(found.span.evidence):
                yield self._rejected(found, "its evidence is not of the kind asked for")
            else:
                self._learn_kind(found)
                first_line.setdefault(found.span.accession, found.line)
                spans.setdefault(found.span.accession, []).append(found.span)
        for accession, of_protein in spans.items():
            yield AnnotatedProtein(
                accession=accession,
                sequence="",
                name="",
                spans=tuple(of_protein),
                line=first_line[accession],
            )

    def _learn_kind(self, found: Instance) -> None:
        if found.kind not in ("", "residue", "domain"):
            raise MalformedInput(
                f"{self.path}, line {found.line}: kind must be residue or domain, "
                f"got {found.kind!r}."
            )
        known = self.concepts.get(found.span.concept)
        kind: Kind = "residue" if (found.kind or self._kind) == "residue" else "domain"
        if known is not None and known.kind != kind:
            raise MalformedInput(
                f"{self.path}, line {found.line}: {found.span.concept!r} is {kind}-level here and "
                f"{known.kind}-level above: state one kind."
            )
        self._learn(
            Concept(
                name=found.span.concept, category=self._category, kind=kind, family=self._family
            )
        )

    def _rejected(self, found: Instance, reason: str) -> RejectedAnnotation:
        span = found.span
        return RejectedAnnotation(
            accession=span.accession,
            field=span.concept,
            reason=reason,
            piece=f"{span.start + 1}..{span.stop}",
            line=found.line,
        )


def place_of(path: Path, line: int, start: str, end: str, *, first: int) -> tuple[int, int]:
    """Start and stop, 0-based and half-open, of two numbers in a file.

    Args:
        path: for the message.
        line: for the message.
        start: first residue, counted from `first`.
        end: last residue counted from 1, which is one past it counted from 0.
        first: 1 or 0, what the file calls the first residue.

    Raises:
        MalformedInput: if these are not whole numbers that run forward.
    """
    if not (start.isascii() and start.isdigit() and end.isascii() and end.isdigit()):
        raise MalformedInput(
            f"{path}, line {line}: start and end must be whole numbers, got {start!r} and {end!r}."
        )
    begin = int(start) - first
    if not 0 <= begin < int(end):
        raise MalformedInput(
            f"{path}, line {line}: {start} to {end} is not a place: residues are numbered from "
            f"{first} and a place has at least one."
        )
    return begin, int(end)


def fields_of(path: Path, line: int, text: str, *, at_least: int, columns: str) -> list[str]:
    """Tab-separated fields without white space around them.

    Raises:
        MalformedInput: for fewer fields than `at_least`; the message names the `columns`.
    """
    fields = [field.strip() for field in text.split("\t")]
    if len(fields) < at_least:
        raise MalformedInput(
            f"{path}, line {line}: {len(fields)} tab-separated fields, at least {at_least} are "
            f"needed: {columns}."
        )
    return fields
