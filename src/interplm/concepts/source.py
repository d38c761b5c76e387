"""Where annotations come from."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from glob import glob, has_magic
from hashlib import sha256
from pathlib import Path

from interplm.concepts.spans import AnnotatedProtein, Concept, RejectedAnnotation
from interplm.errors import MissingArtifact
from interplm.files.checksum import sha256_of
from interplm.proteins.opening import open_regular
from interplm.proteins.text import numbered_lines

Found = AnnotatedProtein | RejectedAnnotation
# What names the files, for messages.
SETTING = "concepts.source.path"


class AnnotationSource(ABC):
    """Files of annotations, or none where annotations follow from something else.

    Args:
        path: of a file, or of several as a list or a pattern such as `annotations/*.gff3`; see
            `numbered_lines` for how they may be compressed and encoded. None where there are none.

    Attributes:
        paths: of the files.
        concepts: by name; `read` adds what it meets, so it is whole when the files are.
        lists_every_protein: whether a protein that the files lack is unknown to them, and must not
            be scored, or is there without any annotation.
        amino_acids: whether each amino acid is a concept too.
    """

    lists_every_protein: bool

    def __init__(
        self, *, path: str | Path | Sequence[str | Path] | None, amino_acids: bool
    ) -> None:
        self.paths = _files(path)
        self.amino_acids = amino_acids
        self.concepts: dict[str, Concept] = {}

    def __str__(self) -> str:
        """The files, for messages."""
        if not self.paths:
            return type(self).__name__
        others = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return f"{self.paths[0]}{others}"

    def sha256(self) -> str:
        """Of the file; of several, of their digests in order."""
        self.check_files()
        digests = [sha256_of(path) for path in self.paths]
        return digests[0] if len(digests) == 1 else sha256(" ".join(digests).encode()).hexdigest()

    def check_files(self) -> None:
        """Raise MissingArtifact or UserError for a file that is not there or cannot be opened."""
        for path in self.paths:
            open_regular(path, setting=SETTING).close()

    def read(self) -> Iterator[Found]:
        """Every protein with its spans, and everything that was set aside.

        Raises:
            MissingArtifact: if there is no such file.
            MalformedInput: if a file is damaged or of another format.
            UserError: if none of the annotations can be taken.
        """
        self.check_files()
        yield from self._read()

    @abstractmethod
    def _read(self) -> Iterator[Found]:
        """What `read` gives, of files that exist."""

    def _lines(self, path: Path) -> Iterator[tuple[int, str]]:
        """See `numbered_lines`."""
        return numbered_lines(path, setting=SETTING)

    def _in_file(self, rejected: RejectedAnnotation, path: Path) -> RejectedAnnotation:
        """Say which of several files it is in."""
        return replace(rejected, file=path.name) if len(self.paths) > 1 else rejected

    def _learn(self, concept: Concept) -> Concept:
        """The concept of that name as it was met first."""
        return self.concepts.setdefault(concept.name, concept)


def _files(path: str | Path | Sequence[str | Path] | None) -> tuple[Path, ...]:
    if path is None:
        return ()
    if not isinstance(path, str | Path):
        return tuple(file for one in path for file in _files(one))
    if not has_magic(str(path)) or Path(path).exists():
        return (Path(path),)
    found = sorted(glob(str(path), recursive=True))  # noqa: PTH207 - the pattern may be absolute
    if not found:
        raise MissingArtifact(f"No file matches {path}: correct {SETTING}.")
    return tuple(map(Path, found))
