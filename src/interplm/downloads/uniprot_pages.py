"""A table of UniProtKB that arrives page by page and is gone on with where it stopped."""

import gzip
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from interplm.errors import BrokenArtifact
from interplm.files.pages import Page, get_page
from interplm.files.parsing import parsed_json
from interplm.files.retrying import TryAgain

RELEASE_HEADER = "X-UniProt-Release"
_TOTAL_HEADER = "X-Total-Results"


@dataclass
class Place:
    """How far a table has come.

    Attributes:
        request: what was asked for; Any: plain values.
        n_bytes: of the file, whole pages only.
        n_rows: without the header.
        n_requests: answered to the last page.
        total: rows in all, where the server says.
        next_url: of the page to come; None between two requests, and at the end.
        release: of UniProt; pages of two releases do not belong together.
        columns: the header.
    """

    request: dict[str, Any]
    n_bytes: int = 0
    n_rows: int = 0
    n_requests: int = 0
    total: int | None = None
    next_url: str | None = None
    release: str = ""
    columns: str = ""


class GrowingTable:
    """A gzip file, a member for each page, with a note beside it of how far it has come.

    Args:
        path: the final file; pages arrive in `<path>.partial`.
        request: what is asked for; what an interrupted download of another request left is thrown
            away. Any: plain values.
    """

    def __init__(self, path: Path, request: dict[str, Any]) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.name}.partial")
        self._note = path.with_name(f"{path.name}.partial.json")
        self.place = self._left(request) or Place(request)
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._partial.open("ab") as file:
            # What a killed process wrote of a page that it did not note.
            file.truncate(self.place.n_bytes)

    def _left(self, request: dict[str, Any]) -> Place | None:
        try:
            place = Place(**parsed_json(self._note.read_text(encoding="utf-8")))
            whole = self._partial.stat().st_size >= place.n_bytes
        except (OSError, ValueError, TypeError):
            return None
        return place if whole and place.request == request else None

    def add(self, page: Page) -> None:
        """Append the rows of a page, and note where the next one is."""
        place = self.place
        header, rows = split_header(page.text)
        release = page.headers.get(RELEASE_HEADER, "")
        if (place.columns and header != place.columns) or place.release not in ("", release):
            self.forget()
            raise BrokenArtifact(
                f"UniProt changed to release {release or 'unknown'} while {self._path.name} was "
                "being fetched, so what had arrived was left out: run the same command again."
            )
        text = "".join(rows) if place.columns else "".join([header, *rows])
        with self._partial.open("ab") as file:
            file.write(gzip.compress(text.encode(), mtime=0))
            file.flush()
            os.fsync(file.fileno())
            place.n_bytes = file.tell()
        place.columns, place.release = header, release
        place.n_rows += len(rows)
        place.next_url = page.next_url
        place.n_requests += page.next_url is None
        self._write_note()

    def count(self) -> int:
        """Rows of the file as it lies there; none where it is damaged or has no header."""
        try:
            with gzip.open(self._partial) as file:
                has_header = next(file, b"") == self.place.columns.encode()
                return sum(1 for _ in file) if has_header else 0
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return 0

    def finish(self) -> None:
        """Give the whole table its name."""
        self._partial.replace(self._path)
        self._note.unlink(missing_ok=True)

    def forget(self) -> None:
        """Throw away what has arrived."""
        self._partial.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _write_note(self) -> None:
        aside = self._note.with_name(f"{self._note.name}.new")
        aside.write_text(json.dumps(asdict(self.place)), encoding="utf-8")
        aside.replace(self._note)


def split_header(text: str) -> tuple[str, list[str]]:
    """The first line of a page, and its rows, with their line ends."""
    # Fields may hold what str.splitlines takes for a line end too.
    header, *rows = text.split("\n")
    return f"{header}\n", [f"{row}\n" for row in rows if row.strip()]


def pages(
    url: str, parameters: Mapping[str, str], *, n_attempts: int, timeout_s: float
) -> Iterator[Page]:
    """Every page of a query, from the address of any of them on.

    Args:
        url: of the first page, or one that a page named.
        parameters: of the query; none where the address holds them.
        n_attempts: for each page.
        timeout_s: longest silence of the server, in seconds.

    Raises:
        DownloadFailed: if one cannot be had, or is not whole.
    """
    size = int(parameters.get("size", 0))
    next_url: str | None = url
    while next_url is not None:
        page = get_page(
            next_url,
            parameters if next_url == url else {},
            n_attempts=n_attempts,
            timeout_s=timeout_s,
            check=lambda page: check_whole(page, size),
        )
        yield page
        next_url = page.next_url


def check_whole(page: Page, size: int) -> None:
    """Raise TryAgain unless a page ends with a line end and, but for the last one, is full.

    Args:
        page: of a table.
        size: rows of a full page; 0 where it is not known.
    """
    header, rows = split_header(page.text)
    if not header.startswith("Entry\t") and header.strip() != "Entry":
        raise TryAgain("what came is no table of UniProtKB")
    if not page.text.endswith("\n"):
        raise TryAgain(f"a page broke off after {len(rows)} rows")
    n_fields = header.count("\t")
    if any(row.count("\t") != n_fields for row in rows):
        raise TryAgain("a page has a row of another width than its header")
    if page.next_url is not None and size and len(rows) < size:
        raise TryAgain(f"a page has {len(rows)} rows in place of {size}")


def total_of(page: Page) -> int | None:
    """Rows of the whole query; None where the server does not say."""
    total = page.headers.get(_TOTAL_HEADER, "")
    return int(total) if total.isdigit() else None
