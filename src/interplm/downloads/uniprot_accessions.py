"""A table of UniProtKB by a list of accessions."""

import gzip
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Unpack

from interplm.downloads.uniprot_query import QuerySettings, UniProtQuery
from interplm.errors import MalformedInput, UserError
from interplm.files.atomic import written_aside
from interplm.files.checksum import checksum_of_values
from interplm.proteins.identifiers import UNIPROT_ACCESSION, name_in_cell
from interplm.proteins.text import numbered_lines

log = logging.getLogger(__name__)

# UniProt takes a thousand; an address of more than 8 kB is refused by many a proxy.
_MOST_IN_A_BATCH = 500


class UniProtAccessions(UniProtQuery):
    """The entries of a list, in batches; those that UniProt no longer has are told.

    Args:
        accessions: file with an accession as the first word of each line; empty lines and those
            that begin with `#` are left out.
        batch_size: accessions of a request.
        settings: see UniProtQuery, with the address for accessions; `query` is not used.

    Raises:
        MissingArtifact: if there is no such list.
        MalformedInput: for a line that begins with something else, or an empty list.
        UserError: for a batch size out of range.
    """

    def __init__(
        self, *, accessions: str | Path, batch_size: int, **settings: Unpack[QuerySettings]
    ) -> None:
        super().__init__(**settings)
        if not 1 <= batch_size <= _MOST_IN_A_BATCH:
            raise UserError(
                f"resource.batch_size must be in 1..{_MOST_IN_A_BATCH}, got {batch_size}."
            )
        self._list = Path(accessions)
        self._accessions = read_accessions(self._list)
        self._batch_size = batch_size

    def request(self) -> dict[str, Any]:
        """Fields, and how many accessions with which checksum."""
        return {
            "url": self._url,
            "n_accessions": len(self._accessions),
            "accessions_checksum": checksum_of_values({"": self._accessions}),
            "batch_size": self._batch_size,
            "fields": self._fields,
        }

    def _requests(self) -> Iterator[dict[str, str]]:
        for start in range(0, len(self._accessions), self._batch_size):
            yield {"accessions": ",".join(self._accessions[start : start + self._batch_size])}

    def _total(self, said: int | None, known: int | None) -> int | None:
        """Each answer tells of its own batch alone."""
        return None

    def _fetch(self, *, fresh: bool) -> Mapping[str, Any]:
        said = super()._fetch(fresh=fresh)
        missing = sorted(set(self._accessions) - set(entries_of(self.path)))
        if not missing:
            return said
        path = self.path.with_name(f"{self.path.name}.missing.txt")
        with written_aside(path) as partial:
            partial.write_text("".join(f"{name}\n" for name in missing), encoding="utf-8")
        log.warning(
            "UniProt has no entry under %d of the %d accessions (deleted or merged): %s",
            len(missing), len(self._accessions), path,
        )  # fmt: skip
        return {**said, "n_missing": len(missing)}

    def _asked(self) -> str:
        return f"any accession of {self._list}"


def read_accessions(path: Path) -> list[str]:
    """The accessions of a list in order, each once.

    Raises:
        MissingArtifact: if there is no such file.
        MalformedInput: for a line that begins with something else, or an empty list.
    """
    found: dict[str, None] = {}
    for number, line in numbered_lines(path, setting="resource.accessions"):
        if not line.strip() or line.startswith("#"):
            continue
        name = name_in_cell(line.replace(",", " ").split()[0].removeprefix(">"))
        if not UNIPROT_ACCESSION.fullmatch(name):
            raise MalformedInput(
                f"{path}, line {number}: {name[:40]!r} is not a UniProt accession such as P69905: "
                "correct the line, or take it out."
            )
        found[name] = None
    if not found:
        raise MalformedInput(f"{path} holds no accession: give one a line.")
    return list(found)


def entries_of(path: Path) -> Iterator[str]:
    """The accessions in the first column of a fetched table."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        next(file, None)
        for row in file:
            yield row.partition("\t")[0]
