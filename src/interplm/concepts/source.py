"""Where annotations come from."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from interplm.concepts.spans import AnnotatedProtein, Concept, RejectedAnnotation
from interplm.errors import MissingArtifact


class AnnotationSource(ABC):
    """A file of annotations.

    Args:
        path: plain or gzip.

    Attributes:
        path: as given.
        concepts: by name; `read` adds what it meets, so it is whole when the file is.
        lists_every_protein: whether a protein that the file lacks is unknown to it, and must not
            be scored, or is there without any annotation.
        amino_acids: whether each amino acid is a concept too.
    """

    lists_every_protein: bool

    def __init__(self, *, path: str | Path, amino_acids: bool) -> None:
        self.path = Path(path)
        self.amino_acids = amino_acids
        self.concepts: dict[str, Concept] = {}

    def read(self) -> Iterator[AnnotatedProtein | RejectedAnnotation]:
        """Every protein with its spans, and everything that was set aside.

        Raises:
            MissingArtifact: if there is no such file.
            MalformedInput: if the file is damaged or of another format.
        """
        if not self.path.is_file():
            raise MissingArtifact(f"{self.path} does not exist: correct concepts.source.path.")
        yield from self._read()

    @abstractmethod
    def _read(self) -> Iterator[AnnotatedProtein | RejectedAnnotation]:
        """What `read` gives, of a file that exists."""

    def _learn(self, concept: Concept) -> Concept:
        """The concept of that name as it was met first."""
        return self.concepts.setdefault(concept.name, concept)
