"""Predicted structures from AlphaFold DB: of one protein, and of a list."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from interplm.downloads.download import Resource
from interplm.downloads.uniprot_accessions import read_accessions
from interplm.errors import BrokenArtifact, MissingArtifact
from interplm.files.access import telling_access
from interplm.files.atomic import written_aside
from interplm.files.checksum import checksum_of_values
from interplm.files.download import download
from interplm.files.lock import locked
from interplm.files.parsing import parsed_json
from interplm.files.retrying import NotThere

log = logging.getLogger(__name__)

MISSING_FILE = "not_in_alphafold_db.txt"


class AlphaFoldStructures(Resource):
    """Structures of the proteins of a list, where the explorer looks for them.

    Args:
        accessions: file with an accession as the first word of each line.
        url: of AlphaFold DB's prediction API, with `{accession}`.
        path: folder of the structures, as `<accession>.cif`; those that the database lacks are
            listed in it.
        runs: folder of the runs that may show them.
        n_attempts: see Resource.
        timeout_s: see Resource.
        offline: see Resource.

    Raises:
        MissingArtifact: if there is no such list.
        MalformedInput: for a line that begins with something else, or an empty list.
    """

    def __init__(
        self,
        *,
        accessions: str | Path,
        url: str,
        path: str | Path,
        runs: str | Path,
        n_attempts: int,
        timeout_s: float,
        offline: bool,
    ) -> None:
        super().__init__(path=path, n_attempts=n_attempts, timeout_s=timeout_s, offline=offline)
        self._url = url
        self._runs = Path(runs)
        self._accessions = read_accessions(Path(accessions))

    def request(self) -> dict[str, Any]:
        """The API, and how many accessions with which checksum."""
        return {
            "url": self._url,
            "n_accessions": len(self._accessions),
            "accessions_checksum": checksum_of_values({"": self._accessions}),
        }

    def next_command(self) -> tuple[str, dict[str, Any]] | None:
        """Showing them in the run that was scored last, if there is one."""
        scored = sorted(
            self._runs.glob("*/score/features.duckdb"), key=lambda path: path.stat().st_mtime
        )
        if not scored:
            return None
        run = scored[-1].parents[1]
        return "explore", {"run": run, "explorer.structures.cache": self.path}

    def is_here(self) -> bool:
        """Whether nothing of the list needs to be asked for."""
        return not list(self._lacking())

    def contents(self) -> str:
        """How many structures there are."""
        return f"{len(list(self.path.glob('*.cif'))):,} structures"

    def get(self, *, fresh: bool = False) -> Path:
        """The folder, with what the database has of the list; see Resource."""
        wanted = self._accessions if fresh else list(self._lacking())
        if wanted and self._offline:
            raise MissingArtifact(
                f"{len(wanted)} structures, {wanted[0]} first, are not in {self.path} and InterPLM "
                "is offline: copy them there, or allow the network (offline=false)."
            )
        self._fetch_all(wanted, fresh=fresh)
        return self.path

    def _fetch_all(self, wanted: list[str], *, fresh: bool) -> None:
        from tqdm import tqdm

        absent = set() if fresh else self._absent()
        for accession in tqdm(wanted, unit="structure", desc=self.path.name, disable=not wanted):
            try:
                fetch_structure(
                    accession, url=self._url, folder=self.path, n_attempts=self._n_attempts,
                    timeout_s=self._timeout_s, fresh=fresh,
                )  # fmt: skip
            except (NotThere, LookupError):
                absent.add(accession)
                self._note_absent(absent)
        if absent & set(self._accessions):
            log.warning("AlphaFold DB lacks %d of them: %s", len(absent), self.path / MISSING_FILE)

    def _lacking(self) -> Iterator[str]:
        absent = self._absent()
        for accession in self._accessions:
            if accession not in absent and not (self.path / f"{accession}.cif").exists():
                yield accession

    def _absent(self) -> set[str]:
        path = self.path / MISSING_FILE
        return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()

    def _note_absent(self, absent: set[str]) -> None:
        with written_aside(self.path / MISSING_FILE) as partial:
            partial.write_text("".join(f"{name}\n" for name in sorted(absent)), encoding="utf-8")


def fetch_structure(
    accession: str,
    sequence: str = "",
    *,
    url: str,
    folder: Path,
    n_attempts: int,
    timeout_s: float,
    fresh: bool = False,
) -> Path:
    """Download the predicted structure of a UniProt accession, unless it is there.

    Of several models, as of isoforms, that of the sequence is taken, or else that of the accession
    itself. Of several processes that want the same structure one fetches it, the others wait.

    Args:
        accession: of UniProt.
        sequence: of the protein, if it is known.
        url: of the prediction API, with `{accession}`.
        folder: the file is `<accession>.cif` in it.
        n_attempts: in a row that may get no further.
        timeout_s: longest silence of the server, in seconds.
        fresh: fetch it anew; an old one stays until the new one is whole.

    Raises:
        DownloadFailed: if it cannot be had; NotThere if the database says that it has none.
        BrokenArtifact: if the answer cannot be trusted or read.
        LookupError: if no model of the answer is of the protein.
        UserError: if the folder may not be written.
    """
    entry, path = folder / f"{accession}.json", folder / f"{accession}.cif"
    settings = {
        "n_attempts": n_attempts, "timeout_s": timeout_s, "fresh": fresh, "show_progress": False,
    }  # fmt: skip
    with telling_access(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / f"{accession}.lock", what=str(path), waits=True):
        if path.exists() and not fresh:
            return path
        try:
            download(url.format(accession=accession), entry, **settings)  # type: ignore[arg-type]
            address = _address(accession, sequence, entry)
            if urlsplit(address)[:2] != urlsplit(url)[:2]:
                raise BrokenArtifact("AlphaFold DB answered with a foreign address")
            return download(address, path, **settings)  # type: ignore[arg-type]
        finally:
            entry.unlink(missing_ok=True)


def _address(accession: str, sequence: str, entry: Path) -> str:
    """Of the model of a sequence, or of an accession."""
    try:
        listed = parsed_json(entry.read_text(encoding="utf-8"))
        for name, wanted in (("sequence", sequence), ("uniprotAccession", accession)):
            for model in listed:
                if wanted and model.get(name) == wanted:
                    return str(model["cifUrl"])
        # Early answers named no accession.
        if len(listed) == 1 and "uniprotAccession" not in listed[0]:
            return str(listed[0]["cifUrl"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenArtifact("AlphaFold DB gave no answer that can be read") from error
    raise LookupError(accession)
