"""The folder of one scoring of an SAE: what was found, and from what."""

from contextlib import AbstractContextManager
from pathlib import Path

from interplm.files.lock import locked
from interplm.runtime.folder import Folder


class ScoreFolder(Folder):
    """A scoring belongs to one SAE, one set of annotated activations and one set of settings.

        config.yaml      the marker: what it was made from
        inputs.yaml      where what it reads lies: the run, if any, and the PLM
        features.duckdb  everything that was found
        report.html      to be read by people; report.md the same as text
        tables/          as CSV and Parquet
        pack/            the SAE with the labels of its features, to be used elsewhere
        counts/          of concepts, features and thresholds, by split
        rejected.csv     annotations that were set aside
        encoded/         what several jobs have encoded, until the scores are finished
        result.yaml      the main metrics; its presence means that all is there

    Args:
        path: of the folder; made when it is claimed.
    """

    kind, what, key = "scores", "scores", "folder"
    files = (
        "features.duckdb",
        "report.html",
        "report.md",
        "rejected.csv",
        "result.yaml",
        "inputs.yaml",
    )
    # Several jobs may encode for one scoring, which `held` keeps to one of them.
    is_shared = True

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self.database = self.path / "features.duckdb"
        self.report = self.path / "report.html"
        self.reports = [self.report, self.path / "report.md"]
        self.counts = self.path / "counts"
        self.pack = self.path / "pack"
        self.rejected = self.path / "rejected.csv"
        self.encoded = self.path / "encoded"

    def held(self) -> AbstractContextManager[None]:
        """Keep other processes from finishing these scores within the block.

        Raises:
            InUse: if another one is finishing them.
        """
        return locked(self.path / "score.lock", what=f"The scores in {self.path}")

    def discard_encoded(self) -> None:
        """Delete what jobs encoded for each other, when the scores are finished."""
        self._manifest.delete_within(self.encoded)
