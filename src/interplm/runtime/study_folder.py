"""The folder of a search for settings."""

import uuid

from interplm.files.atomic import written_aside
from interplm.runtime.folder import Folder


class StudyFolder(Folder):
    """A study belongs to one search space; the same command goes on with it.

        config.yaml   the marker: what is searched, and what is the same for all trials
        study.db      Optuna's, unless the study is stored elsewhere
        owner.txt     by which its trials are known in a storage that it shares with other folders
        trials.csv    one row for each trial
        comparison/   of the runs that are finished

    Args:
        path: of the folder; made when it is claimed.
    """

    kind, what, key = "study", "a study", "hydra.sweeper.study_name"
    files = ("owner.txt", "trials.csv")

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.trials = self.path / "trials.csv"
        self._owner = self.path / "owner.txt"

    def owner(self) -> str:
        """The same for every process that claims the folder, wherever it is moved."""
        if not self._owner.exists():
            with written_aside(self._owner) as partial:
                partial.write_text(f"{uuid.uuid4()}\n", encoding="utf-8")
        return self._owner.read_text(encoding="utf-8").strip()
