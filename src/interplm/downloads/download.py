"""What every download has in common: one place, fetched once, with a note of where it came from."""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from interplm.errors import FingerprintMismatch, MissingArtifact
from interplm.files.access import telling_access
from interplm.files.atomic import written_aside
from interplm.files.lock import locked
from interplm.files.parsing import parsed_yaml

# Bytes of a file that it takes hours to embed, and so many of its proteins that take minutes.
_LARGE = 50_000_000
_SOME_PROTEINS = 5000


class Resource(ABC):
    """Something public that is fetched once and kept.

    Args:
        path: where it is kept.
        n_attempts: in a row that may get no further.
        timeout_s: longest silence of a server, in seconds.
        offline: fetch nothing; what is not here is an error.
    """

    def __init__(
        self, *, path: str | Path, n_attempts: int, timeout_s: float, offline: bool
    ) -> None:
        self.path = Path(path)
        self._n_attempts = n_attempts
        self._timeout_s = timeout_s
        self._offline = offline

    @abstractmethod
    def request(self) -> dict[str, Any]:
        """What is asked for, plain values (hence Any), `url` among them."""

    @abstractmethod
    def next_command(self) -> tuple[str, dict[str, Any]] | None:
        """The job that uses it, and its settings (Any: plain values); None if it cannot run yet."""

    @abstractmethod
    def is_here(self) -> bool:
        """Whether nothing needs to be fetched."""

    @abstractmethod
    def contents(self) -> str:
        """What there is, in words."""

    @abstractmethod
    def get(self, *, fresh: bool = False) -> Path:
        """What is asked for, fetched unless it is here.

        Args:
            fresh: fetch it anew; what is old stays until the new is whole.

        Raises:
            MissingArtifact: if it is not here and nothing may be fetched.
            DownloadFailed: if it cannot be had, or is not what it should be.
        """


class Download(Resource):
    """One file; another request is another file.

    Beside it lies `<file>.origin.yaml`: what was asked for, when, and what the server said of it.
    Of several processes that want the same file one fetches it, the others wait.
    """

    @property
    def origin_path(self) -> Path:
        """Of the note of where the file came from."""
        return self.path.with_name(f"{self.path.name}.origin.yaml")

    @abstractmethod
    def _fetch(self, *, fresh: bool) -> Mapping[str, Any]:
        """Put the whole, checked file at `path`; what a server said of it (Any: plain values).

        Args:
            fresh: in place of an old one, if there is one; it stays until then.
        """

    def is_here(self) -> bool:
        """Whether nothing needs to be fetched."""
        return self.path.exists()

    def contents(self) -> str:
        """What there is, in words."""
        return f"{self.path.stat().st_size:,} bytes"

    def get(self, *, fresh: bool = False) -> Path:
        """The file, see Resource.

        Raises:
            FingerprintMismatch: if another request's file lies there.
            MissingArtifact: see Resource.
            DownloadFailed: see Resource.
        """
        self._check_request()
        if self.path.exists() and not fresh:
            return self.path
        if self._offline:
            raise MissingArtifact(
                f"{self.path} is not here and InterPLM is offline: copy it there from a machine "
                "with a network, or allow the network (offline=false, INTERPLM_OFFLINE unset)."
            )
        with telling_access(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = self.origin_path.with_name(f"{self.origin_path.name}.lock")
        with locked(lock, what=str(self.path), waits=True):
            # Another process may have fetched it meanwhile, or what another request asks for.
            self._check_request()
            if fresh or not self.path.exists():
                self._note(self._fetch(fresh=fresh))
        return self.path

    def _note(self, said: Mapping[str, Any]) -> None:
        facts = self.request() | {"fetched": time.strftime("%Y-%m-%d %H:%M:%S")} | dict(said)
        with written_aside(self.origin_path) as partial:
            partial.write_text(yaml.safe_dump(facts, sort_keys=False), encoding="utf-8")

    def _check_request(self) -> None:
        if not (self.path.exists() and self.origin_path.exists()):
            return
        try:
            found = parsed_yaml(self.origin_path.read_text(encoding="utf-8"))
        except ValueError:
            return
        for name, value in self.request().items():
            if isinstance(found, dict) and found.get(name) != value:
                raise FingerprintMismatch(
                    f"{self.path} came from another {name} ({_short(found.get(name))}, now "
                    f"{_short(value)}): give this one a place of its own, resource.path=..., or "
                    "delete that file."
                )


def embedding(path: Path, *, proteins: str) -> tuple[str, dict[str, Any]]:
    """Embedding the proteins of a file, or some of them where all would take hours.

    Args:
        path: of the file, which is here.
        proteins: option that reads it.

    Returns:
        See Resource.next_command.
    """
    n_proteins = _SOME_PROTEINS if path.stat().st_size > _LARGE else None
    return "embed", {
        "proteins": proteins,
        "proteins.path": path,
        "proteins.selection.n_proteins": n_proteins,
        "layers": [3],
    }


def _short(value: Any) -> str:  # Any: of a note
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
