"""A table of UniProtKB by a query."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from interplm.downloads.download import Download, embedding
from interplm.downloads.uniprot_pages import GrowingTable, pages, total_of
from interplm.errors import UserError
from interplm.files.retrying import DownloadFailed

_MOST_ROWS_OF_A_PAGE = 500  # of UniProt's REST interface


class QuerySettings(TypedDict):
    """What UniProtQuery takes."""

    url: str
    query: str
    fields: Sequence[str]
    page_size: int
    path: str | Path
    proteins: str
    n_attempts: int
    timeout_s: float
    offline: bool


class UniProtQuery(Download):
    """Every entry that a query of UniProtKB finds, as the table that annotations are read from.

    Args:
        url: of the search of UniProt's REST interface.
        query: in UniProt's language, as its website shows it.
        fields: to fetch, by UniProt's names; `accession` first.
        page_size: rows of a page.
        path: see Download; `.tsv.gz`.
        proteins: option that reads it.
        n_attempts: see Download.
        timeout_s: see Download.
        offline: see Download.

    Raises:
        UserError: for a page size out of range, or fields without the needed ones.
    """

    def __init__(
        self,
        *,
        url: str,
        query: str,
        fields: Sequence[str],
        page_size: int,
        path: str | Path,
        proteins: str,
        n_attempts: int,
        timeout_s: float,
        offline: bool,
    ) -> None:
        super().__init__(path=path, n_attempts=n_attempts, timeout_s=timeout_s, offline=offline)
        if not 1 <= page_size <= _MOST_ROWS_OF_A_PAGE:
            raise UserError(
                f"resource.page_size must be in 1..{_MOST_ROWS_OF_A_PAGE}, got {page_size}."
            )
        if list(fields[:1]) != ["accession"] or "sequence" not in fields:
            raise UserError("resource.fields must begin with accession and have sequence.")
        self._url = url
        self._query = query
        self._fields = list(fields)
        self._page_size = page_size
        self._proteins = proteins

    def request(self) -> dict[str, Any]:
        """Query and fields."""
        return {"url": self._url, "query": self._query, "fields": self._fields}

    def next_command(self) -> tuple[str, dict[str, Any]]:
        """Embedding its proteins."""
        return embedding(self.path, proteins=self._proteins)

    def _requests(self) -> Iterator[dict[str, str]]:
        """What tells the requests that make up the table apart, as parameters."""
        yield {"query": self._query}

    def _fetch(self, *, fresh: bool) -> Mapping[str, Any]:
        from tqdm import tqdm

        table = GrowingTable(self.path, self.request())
        place = table.place
        bar = tqdm(initial=place.n_rows, total=place.total, unit="row", desc=self.path.name)
        with bar:
            for number, request in enumerate(self._requests()):
                if number < place.n_requests:
                    continue
                common = {"format": "tsv", "fields": ",".join(self._fields)}
                parameters = request | common | {"size": str(self._page_size)}
                url = self._url
                if place.next_url is not None:
                    url, parameters = place.next_url, {}
                for page in pages(
                    url, parameters, n_attempts=self._n_attempts, timeout_s=self._timeout_s
                ):
                    place.total = bar.total = self._total(total_of(page), place.total)
                    table.add(page)
                    bar.update(place.n_rows - bar.n)
        self._check(table)
        table.finish()
        return {"release": place.release, "n_rows": place.n_rows}

    def _total(self, said: int | None, known: int | None) -> int | None:
        return known if said is None else said

    def _check(self, table: GrowingTable) -> None:
        place = table.place
        if place.n_rows == 0:
            table.forget()
            raise UserError(f"UniProt has no entry for {self._asked()}: correct it.")
        total = place.n_rows if place.total is None else place.total
        n_rows = table.count()
        if n_rows != total:
            table.forget()
            raise DownloadFailed(
                f"{self._url} gave {n_rows:,} of {total:,} entries, and they were left out: run "
                "the same command again."
            )

    def _asked(self) -> str:
        return f"the query {self._query!r}"
