"""The folder of a search for settings."""

from interplm.runtime.folder import Folder


class StudyFolder(Folder):
    """A study belongs to one search space; the same command goes on with it.

        config.yaml   the marker: what is searched, and what is the same for all trials
        study.db      Optuna's, unless the study is stored elsewhere
        trials.csv    one row for each trial
        comparison/   of the runs that are finished

    Args:
        path: of the folder; made when it is claimed.
    """

    kind, what, key = "study", "a study", "hydra.sweeper.study_name"
    files = ("trials.csv",)

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.trials = self.path / "trials.csv"
