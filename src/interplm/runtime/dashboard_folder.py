"""The folder of a dashboard of runs."""

from pathlib import Path

from interplm.runtime.folder import Folder


class DashboardFolder(Folder):
    """Made anew each time: everything in it follows from the runs.

        config.yaml      the marker: which runs
        dashboard.yaml   sections and panels, as `upload=true` sends them
        pareto_*.json    L0 against each quality, for any viewer of Vega-Lite
        comparison/      the table of the runs, see `interplm.compare`
        wandb/           the table and its plots, to be uploaded by `wandb sync`

    Args:
        path: of the folder; made when it is claimed.
    """

    kind, what, key = "dashboard", "a dashboard", "folder"
    files = ("dashboard.yaml",)

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self.definition = self.path / "dashboard.yaml"
        self.comparison = self.path / "comparison"
