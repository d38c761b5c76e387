"""Files of annotations alone: one instance a line, no sequences."""

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from interplm.concepts.evidence import EvidenceFilter
from interplm.concepts.source import AnnotationSource, Found
from interplm.concepts.spans import (
    AnnotatedProtein,
    Concept,
    ConceptSpan,
    Kind,
    RejectedAnnotation,
)
from interplm.errors import MalformedInput, UserError
from interplm.proteins.tables import whole_number

# How a concept is counted; `ends` is residue-level too, but a range stands for its two ends.
StatedKind = Literal["residue", "domain", "ends"]
KINDS: tuple[StatedKind, ...] = ("residue", "domain", "ends")
# Bonds between two residues, as UniProtKB, the Sequence Ontology and PDB files call them, without
# case and marks. Their range never means what lies between.
_BONDS = frozenset(("disulfidebond", "disulfid", "ssbond", "crosslink", "crosslnk",
                    "isopeptidebond", "thioetherbond", "thioesterbond"))  # fmt: skip
# Two numbers side by side: a line that was made a comment, and not one that was written as such.
_ROW = re.compile(r"[\t,;][0-9]+[\t,;][0-9]+(?:[\t,;]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One line: where it is and what it says.

    Attributes:
        accession: of the protein.
        concept: name of the concept.
        place: first residue, 0-based, and one past the last.
        line: 1-based.
        kind: one of KINDS where the line states it, or "".
        feature_type: what the file calls it, if that is not the name of the concept.
        note: the annotation's own words.
        evidence: such as "ECO:0000269|PubMed:15302536".
    """

    accession: str
    concept: str
    place: tuple[int, int]
    line: int
    kind: str = ""
    feature_type: str = ""
    note: str = ""
    evidence: tuple[str, ...] = ()


class PositionsFile(AnnotationSource):
    """A scientist's own annotations of proteins whose sequences are known from elsewhere.

    A protein that the files do not mention counts as one without annotations. The spans of a
    protein may stand anywhere in them, so all are held in memory. A line that cannot be used is
    set aside; files none of whose lines can are refused.

    Args:
        path: see AnnotationSource.
        kind: "residue", "domain" or "ends": of concepts whose kind no line states. Disulfide bonds
            and cross-links are "ends" unless a line says otherwise.
        category: of all concepts.
        family: of all concepts.
        evidence: see EvidenceFilter.
    """

    lists_every_protein = False

    def __init__(
        self,
        *,
        path: str | Path | Sequence[str | Path],
        kind: StatedKind,
        category: str,
        family: str,
        evidence: str | Sequence[str],
    ) -> None:
        super().__init__(path=path, amino_acids=False)
        if kind not in KINDS:
            raise UserError(f"concepts.source.kind must be {_listed(KINDS)}, got {kind}.")
        self._kind = kind
        self._category = category
        self._family = family
        self._evidence = EvidenceFilter(evidence)

    @abstractmethod
    def _instances(self, path: Path) -> Iterator[Instance | RejectedAnnotation]:
        """Every line of one file, in order."""

    def _read(self) -> Iterator[Found]:
        spans: dict[str, list[ConceptSpan]] = {}
        first_line: dict[str, int] = {}
        n_of_other_evidence = 0
        for path in self.paths:
            for found in self._usable(path):
                if isinstance(found, RejectedAnnotation):
                    yield self._in_file(found, path)
                elif not self._evidence.accepts(found.evidence):
                    n_of_other_evidence += 1
                    yield self._in_file(_rejected(found, self._evidence.complaint), path)
                elif reason := self._objection(found):
                    yield self._in_file(_rejected(found, reason), path)
                else:
                    first_line.setdefault(found.accession, found.line)
                    spans.setdefault(found.accession, []).append(self._span(found))
        if n_of_other_evidence and not spans:
            raise self._evidence.nothing_left(str(self), n_of_other_evidence)
        for accession, of_protein in spans.items():
            yield AnnotatedProtein(
                accession=accession,
                sequence="",
                name="",
                spans=tuple(of_protein),
                line=first_line[accession],
            )

    def _usable(self, path: Path) -> Iterator[Instance | RejectedAnnotation]:
        """What the file holds.

        Raises:
            MalformedInput: at its end, if no line could be used.
        """
        n_instances = n_rejected = 0
        first: RejectedAnnotation | None = None
        for found in self._instances(path):
            if isinstance(found, RejectedAnnotation):
                n_rejected += 1
                first = first or found
            else:
                n_instances += 1
            yield found
        if first is not None and n_instances == 0:
            raise MalformedInput(
                f"{path}, line {first.line}: {first.reason}; nor can any of its other lines "
                f"({n_rejected:,} in all) be used."
            )

    def _objection(self, found: Instance) -> str:
        """Why the concept cannot be what this line says, or ""."""
        if found.kind not in ("", *KINDS):
            return f"kind must be {_listed(KINDS)}, got {found.kind!r}"
        kind: Kind = "domain" if self._stated_kind(found) == "domain" else "residue"
        known = self.concepts.get(found.concept)
        if known is not None and known.kind != kind:
            return (
                f"{found.concept!r} is {kind}-level here and {known.kind}-level above: state one "
                "kind"
            )
        self._learn(
            Concept(name=found.concept, category=self._category, kind=kind, family=self._family)
        )
        return ""

    def _stated_kind(self, found: Instance) -> str:
        if found.kind:
            return found.kind
        name = found.feature_type or found.concept
        bond = "".join(filter(str.isalnum, name)).lower()
        return "ends" if bond in _BONDS else self._kind

    def _span(self, found: Instance) -> ConceptSpan:
        start, stop = found.place
        return ConceptSpan(
            accession=found.accession,
            concept=found.concept,
            start=start,
            stop=stop,
            ends_only=self._stated_kind(found) == "ends",
            note=found.note,
            evidence=found.evidence,
        )


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _rejected(found: Instance, reason: str) -> RejectedAnnotation:
    return RejectedAnnotation(
        accession=found.accession,
        field=found.concept,
        reason=reason,
        piece=f"{found.place[0] + 1}..{found.place[1]}",
        line=found.line,
    )


def place_of(start: str, end: str, *, first: int) -> tuple[int, int] | str:
    """Start and stop, 0-based and half-open, of two numbers in a file, or why they are no place.

    Args:
        start: first residue, counted from `first`.
        end: last residue counted from 1, which is one past it counted from 0.
        first: 1 or 0, what the file calls the first residue.
    """
    begin, stop = whole_number(start), whole_number(end)
    if begin is None or stop is None:
        return f"start and end must be whole numbers, got {start[:40]!r} and {end[:40]!r}"
    if not 0 <= begin - first < stop:
        return (
            f"{start} to {end} is not a place: residues are numbered from {first} and a place has "
            "at least one"
        )
    return begin - first, stop


def visible(text: str) -> str:
    """Text on one line: control characters and runs of white space become single spaces."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def set_aside(
    line: int, piece: str, reason: str, *, accession: str = "", field: str = "line"
) -> RejectedAnnotation:
    """A line that cannot be used."""
    return RejectedAnnotation(
        accession=accession, field=field, reason=reason, piece=piece, line=line
    )


def without_comments(
    lines: Iterable[tuple[int, str]], commented: list[RejectedAnnotation]
) -> Iterator[tuple[int, str]]:
    """Lines that are neither empty nor begin with `#`.

    Args:
        lines: numbered.
        commented: gets the comments that read like a row of the file.
    """
    for number, line in lines:
        if line.startswith("#"):
            if _ROW.search(line):
                commented.append(set_aside(number, line, "it begins with #, so it is a comment"))
        elif line.strip():
            yield number, line
