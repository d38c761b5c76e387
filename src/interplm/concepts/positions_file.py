"""Files of annotations alone: one instance a line, no sequences."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from interplm.concepts.annotation_lines import Instance
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
from interplm.proteins.identifiers import complaint_of_name

# How a concept is counted; `ends` is residue-level too, but a range stands for its two ends.
StatedKind = Literal["residue", "domain", "ends"]
KINDS: tuple[StatedKind, ...] = ("residue", "domain", "ends")
# Bonds between two residues, as UniProtKB, the Sequence Ontology, PDB files and scientists call
# them, without case and marks. Their range never means what lies between. A name may say more
# before the bond (`Interchain disulfide bond`), but not after it (`Thioester domain`).
_BOND = re.compile(
    r"(?:crossli?nk(?:age)?|lanthionine|^ssbond|cystine(?:bond|bridge|link)"
    r"|(?:disul(?:f|ph)ide?|isopeptide|thioether|thioester)(?:bond|bridge|link(?:age)?)?)"
    r"s?(?:(?:inter|intra)chain)?[0-9]*$"
)


class PositionsFile(AnnotationSource):
    """A scientist's own annotations of proteins whose sequences are known from elsewhere.

    A protein that the files do not mention counts as one without annotations. The spans of a
    protein may stand anywhere in them, so all are held in memory. A line that cannot be used is
    set aside; files none of whose lines can are refused.

    Args:
        path: see AnnotationSource.
        kind: "residue", "domain" or "ends": of concepts whose kind no line states. Disulfide bonds
            and cross-links are "ends", by type, concept or category, unless a line says otherwise.
        category: of concepts of which no line states one.
        family: likewise; a stated category is the family too.
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
        for instance in self._instances(path):
            found = self._objected(instance) if isinstance(instance, Instance) else instance
            if isinstance(found, Instance):
                n_instances += 1
            elif found.piece:
                n_rejected += 1
                first = first or found
            yield found
        if first is not None and n_instances == 0:
            raise MalformedInput(
                f"{path}, line {first.line}: {first.reason}; nor can any of its other lines "
                f"({n_rejected:,} in all) be used."
            )

    def _objected(self, found: Instance) -> Instance | RejectedAnnotation:
        reason = self._objection(found)
        return _rejected(found, reason) if reason else found

    def _objection(self, found: Instance) -> str:
        """Why the line cannot be what it says, or ""."""
        if complaint := complaint_of_name(found.accession):
            return complaint
        if found.kind not in ("", *KINDS):
            return f"kind must be {_listed(KINDS)}, got {found.kind!r}"
        kind: Kind = "domain" if self._stated_kind(found) == "domain" else "residue"
        known = self.concepts.get(found.concept)
        if known is not None and known.kind != kind:
            return (
                f"{found.concept!r} is {kind}-level here and {known.kind}-level above: state one "
                "kind"
            )
        category, family = found.category or self._category, found.category or self._family
        if known is not None and known.category != category:
            return (
                f"{found.concept!r} is of the category {category!r} here and of "
                f"{known.category!r} above: state one"
            )
        self._learn(Concept(name=found.concept, category=category, kind=kind, family=family))
        return ""

    def _stated_kind(self, found: Instance) -> str:
        if found.kind:
            return found.kind
        names = (found.feature_type, found.concept, found.category or self._category)
        return "ends" if any(map(_is_bond, names)) else self._kind

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


@lru_cache(maxsize=1024)
def _is_bond(name: str) -> bool:
    """Whether a name, up to what is said in brackets or after a colon, is that of a bond."""
    words = re.split(r"[(\[:;,]", name.lower())[0]
    return _BOND.search("".join(filter(str.isalnum, words))) is not None


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
