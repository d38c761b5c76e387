"""Where structures come from: a folder, a file that was uploaded, or AlphaFold DB."""

import gzip
import io
import time
import zlib
from pathlib import Path

from interplm.downloads.alphafold import fetch_structure
from interplm.errors import BrokenArtifact, MalformedInput, MissingArtifact, UserError
from interplm.files.download import DownloadFailed
from interplm.proteins.identifiers import UNIPROT_ACCESSION, name_of

# Longer ones first, so that a name loses its whole ending.
_ENDINGS = (".cif.gz", ".pdb.gz", ".ent.gz", ".cif", ".pdb", ".ent")


class StructureLibrary:
    """Finds the file of a protein's structure.

    Args:
        folder: of files named after accessions (`P69905.pdb`, `P69905.cif.gz`) or as databases
            write those (`AF-P69905-F1-model_v4.cif`, `1hhb_A.pdb`, see
            `interplm.proteins.identifiers`); None if there are none.
        alphafold_url: of AlphaFold DB's prediction API, with `{accession}`; None never asks it.
        cache: where files from AlphaFold DB are kept.
        timeout_s: longest silence of AlphaFold DB, in seconds.
        max_bytes: largest file that is read, after unpacking.
    """

    def __init__(
        self,
        *,
        folder: str | Path | None,
        alphafold_url: str | None,
        cache: str | Path,
        timeout_s: float,
        max_bytes: int,
    ) -> None:
        self._folder = Path(folder).resolve() if folder is not None else None
        if self._folder is not None and not self._folder.is_dir():
            raise MissingArtifact(
                f"{folder} is not a folder: correct explorer.structures.folder, or set it to null."
            )
        self._alphafold_url = alphafold_url
        self._cache = Path(cache).resolve()
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._listed: dict[Path, tuple[int, dict[str, list[Path]]]] = {}

    def asks_about(self, accession: str) -> bool:
        """Whether AlphaFold DB may be asked, and can know the protein."""
        return self._alphafold_url is not None and bool(UNIPROT_ACCESSION.fullmatch(accession))

    def local(self, accession: str) -> Path | None:
        """The file of a protein in the folder or among the kept ones, if there is one."""
        for folder in filter(None, (self._folder, self._cache)):
            for path in self._files(folder).get(accession, ()):
                # A link may point anywhere; what it points at must lie in the folder too.
                if path.is_file() and path.resolve().is_relative_to(folder):
                    return path
        return None

    def _files(self, folder: Path) -> dict[str, list[Path]]:
        """Files of each accession, those called just so first, then the latest model.

        Read anew when the folder has changed, or has so lately that it may again unnoticed.
        """
        changed = folder.stat().st_mtime_ns if folder.is_dir() else 0
        known, files = self._listed.get(folder, (0, {}))
        if known != changed or time.time_ns() - changed < 2_000_000_000:
            files = {}
            for path in sorted(folder.iterdir(), reverse=True) if changed else ():
                if ending := next(filter(path.name.endswith, _ENDINGS), ""):
                    stem = path.name.removesuffix(ending)
                    files.setdefault(name_of(stem), []).append(path)
            for accession, paths in files.items():
                paths.sort(key=lambda path: not path.name.startswith(f"{accession}."))
            self._listed[folder] = (changed, files)
        return files

    def fetch(self, accession: str, sequence: str = "") -> Path:
        """Download the predicted structure of a UniProt accession from AlphaFold DB.

        Of several models, as of isoforms, that of the sequence is taken, or else that of the
        accession itself.

        Raises:
            UserError: if it cannot be had; the message says what to do instead.
        """
        instead = "upload a PDB or mmCIF file instead."
        if self._alphafold_url is None:
            raise UserError(f"AlphaFold DB is turned off (explorer.structures): {instead}")
        if not UNIPROT_ACCESSION.fullmatch(accession):
            raise UserError(f"{accession} is not a UniProt accession, so AlphaFold DB has no "
                            f"structure of it: {instead}")  # fmt: skip
        try:
            return fetch_structure(
                accession, sequence, url=self._alphafold_url, folder=self._cache, n_attempts=1,
                timeout_s=self._timeout_s,
            )  # fmt: skip
        except DownloadFailed as error:
            raise UserError(
                f"AlphaFold DB could not be reached for {accession}, or has no structure of it: "
                f"check the network, or {instead}"
            ) from error
        except (BrokenArtifact, LookupError) as error:
            raise UserError(
                f"AlphaFold DB gave no answer about {accession} that can be used: {instead}"
            ) from error

    def read(self, path: Path) -> str:
        """The text of a structure file, plain or gzip.

        Raises:
            MalformedInput: if it is too large or not text.
            BrokenArtifact: if it is a damaged gzip file.
        """
        with path.open("rb") as file:
            return self.text_of(file.read(self._max_bytes + 1), path.name)

    def text_of(self, content: bytes, name: str) -> str:
        """The text of a structure file's content, plain or gzip; raises as `read` does."""
        if content.startswith(b"\x1f\x8b"):
            try:
                with gzip.open(io.BytesIO(content)) as file:
                    content = file.read(self._max_bytes + 1)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise BrokenArtifact(f"{name} is a damaged gzip file: make it again.") from error
        if len(content) > self._max_bytes:
            raise MalformedInput(
                f"{name} is larger than {self._max_bytes / 1e6:.0f} MB, the limit "
                "(explorer.structures.max_bytes): give a smaller one."
            )
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedInput(
                f"{name} is not text: give a PDB or mmCIF file of a protein."
            ) from error
