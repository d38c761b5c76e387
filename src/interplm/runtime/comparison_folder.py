"""The folder of a comparison of runs."""

from pathlib import Path

from interplm.runtime.folder import Folder


class ComparisonFolder(Folder):
    """Made anew by each comparison: everything in it follows from the runs.

        config.yaml      the marker: which runs
        comparison.csv   one row for each run, numbers in full; also as .md and .html
        pareto_*.svg     L0 against each quality

    Args:
        path: of the folder; made when it is claimed.
    """

    kind, what, key = "comparison", "a comparison", "folder"
    files = ("comparison.csv", "comparison.md", "comparison.html")

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self.csv = self.path / "comparison.csv"
        self.markdown = self.path / "comparison.md"
        self.html = self.path / "comparison.html"
