"""The folder of one scoring of a run: what was found, and from what."""

from pathlib import Path

from interplm.runtime.run_folder import RunFolder


class ScoreFolder(RunFolder):
    """A scoring belongs to one SAE, one set of annotated activations and one set of settings.

        config.yaml      what it was made from
        features.duckdb  everything that was found
        report.html      to be read by people; report.md the same as text
        tables/          as CSV and Parquet
        counts/          of concepts, features and thresholds, by split
        rejected.csv     annotations that were set aside
        result.yaml      the main figures; its presence means that all is there

    Args:
        path: of the folder; made by `claim`.
    """

    _holds = "scores"
    _mend = "fresh=true scores again and replaces them, folder=... keeps both."

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self.database = self.path / "features.duckdb"
        self.report = self.path / "report.html"
        self.counts = self.path / "counts"
        self.rejected = self.path / "rejected.csv"

    def _clear(self) -> None:
        super()._clear()
        for path in (self.database, self.report, self.report.with_suffix(".md"), self.rejected):
            path.unlink(missing_ok=True)
        for folder in (self.counts, self.path / "tables"):
            for path in folder.glob("*.*"):
                path.unlink()
