"""Files that lie at an address of their own."""

import gzip
import logging
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from interplm.downloads.download import Download, embedding
from interplm.errors import BrokenArtifact, MalformedInput
from interplm.files.download import DownloadFailed, download
from interplm.files.pages import get_page
from interplm.proteins import Rejected, open_sequences

log = logging.getLogger(__name__)

_MEBIBYTE = 2**20


class PublishedFile(Download):
    """One file of sequences, checked against a checksum where its publisher gives one.

    Args:
        url: of the file.
        path: see Download.
        checksum: as `sha256:<digits>` or `md5:<digits>`; None where nobody gives one.
        metalink: address of a list of checksums (Metalink 3, as UniProt publishes one with each
            release) that names the file.
        proteins: option that reads it.
        n_attempts: see Download.
        timeout_s: see Download.
        offline: see Download.
    """

    def __init__(
        self,
        *,
        url: str,
        path: str | Path,
        checksum: str | None,
        metalink: str | None,
        proteins: str,
        n_attempts: int,
        timeout_s: float,
        offline: bool,
    ) -> None:
        super().__init__(path=path, n_attempts=n_attempts, timeout_s=timeout_s, offline=offline)
        self._url = url
        self._checksum = checksum
        self._metalink = metalink
        self._proteins = proteins

    def request(self) -> dict[str, Any]:
        """The address."""
        return {"url": self._url}

    def check(self, path: Path) -> None:
        """Raise a UserError if a file, whole by its length, is not what it should be."""
        if self.path.suffix == ".gz":
            check_gzip(path)
        check_sequences(path, self.path.name)

    def _fetch(self, *, fresh: bool) -> Mapping[str, Any]:
        checksum = self._checksum or self._listed_checksum()
        download(
            self._url,
            self.path,
            checksum=checksum,
            check=self.check,
            n_attempts=self._n_attempts,
            timeout_s=self._timeout_s,
            fresh=fresh,
        )
        return {"checksum": checksum or "none published", "n_bytes": self.path.stat().st_size}

    def _listed_checksum(self) -> str | None:
        if self._metalink is None:
            return None
        try:
            page = get_page(
                self._metalink, {}, n_attempts=self._n_attempts, timeout_s=self._timeout_s
            )
            return checksum_in(page.text, Path(urlsplit(self._url).path).name)
        except (DownloadFailed, ET.ParseError) as error:
            if isinstance(error, DownloadFailed) and error.unreachable and self._of_one_server():
                raise
            log.warning("No checksum, so the content alone is checked: %s", error)
            return None

    def _of_one_server(self) -> bool:
        return urlsplit(self._metalink or "").netloc == urlsplit(self._url).netloc


class SequenceList(PublishedFile):
    """A published list of sequences on which fidelity is measured."""

    def next_command(self) -> tuple[str, dict[str, Any]]:
        """The walkthrough, whose training follows fidelity on them."""
        return "pipeline", {"experiment": "walkthrough", "downloads.cath.path": self.path}


class ProteinFile(PublishedFile):
    """A published FASTA file."""

    def next_command(self) -> tuple[str, dict[str, Any]]:
        """Embedding its proteins."""
        return embedding(self.path, proteins=self._proteins)


def checksum_in(metalink: str, file: str) -> str | None:
    """The strongest checksum that a Metalink gives for a file; None if it does not name it.

    Args:
        metalink: its XML.
        file: its name.

    Raises:
        ParseError: if it is not XML.
    """
    found: dict[str, str] = {}
    for node in ET.fromstring(metalink).iter():
        if _tag(node) == "file" and node.get("name") == file:
            found = {
                inner.get("type", "").lower().replace("-", ""): (inner.text or "").strip()
                for inner in node.iter()
                if _tag(inner) == "hash"
            }
    names = [name for name in ("sha512", "sha256", "sha1", "md5") if found.get(name)]
    return f"{names[0]}:{found[names[0]]}" if names else None


def check_gzip(path: Path) -> None:
    """Raise BrokenArtifact unless a gzip file is whole, to its last checksum."""
    try:
        with gzip.open(path) as file:
            while file.read(_MEBIBYTE):
                pass
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BrokenArtifact(f"a damaged gzip file: {error}") from error


def check_sequences(path: Path, name: str) -> None:
    """Raise MalformedInput unless the first record of a file is a protein.

    Args:
        path: of the file, under whatever name.
        name: that it is going to have, for the message.
    """
    for record in open_sequences(path).read():
        if isinstance(record, Rejected):
            raise MalformedInput(f"{name}, line {record.line}: {record.reason}.")
        return
    raise MalformedInput(f"{name} has no record.")


def _tag(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]
