"""The folder of one training run: its settings, whether it is finished, where to resume."""

from collections.abc import Mapping
from pathlib import Path

from interplm.errors import MissingArtifact
from interplm.runtime.command import command
from interplm.runtime.folder import Folder


class RunFolder(Folder):
    """A run belongs to one set of settings; the same command goes on with it or finds it finished.

        config.yaml     the marker: what makes the run what it is
        inputs.yaml     where what it reads lies; may change without making it another run
        checkpoints/    last.ckpt and others
        metrics.csv     what was logged
        sae/            the exported SAE
        result.yaml     the final metrics; its presence means that the run is finished
        pruned.yaml     where a search ended the run early
        evaluation.csv  all metrics of the exported SAE, once evaluated

    Args:
        path: of the folder; made when it is claimed.
    """

    kind, what, key = "run", "a training run", "run"
    files = (
        "inputs.yaml", "result.yaml", "pruned.yaml", "metrics.csv", "evaluation.csv",
        "checkpoints/last.ckpt", "sae/sae.safetensors", "sae/sae.yaml",
    )  # fmt: skip

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self.sae = self.path / "sae"
        self.evaluation = self.path / "evaluation.csv"
        self._pruned = self.path / "pruned.yaml"

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.path.absolute().name

    @property
    def checkpoint(self) -> Path | None:
        """Where to resume, if the run was interrupted after its first checkpoint."""
        path = self.path / "checkpoints" / "last.ckpt"
        return path if path.exists() else None

    def record_pruned(self, where: Mapping[str, float]) -> None:
        """Keep that a search ended the run early, and at which step and metric."""
        self._write(self._pruned, where)

    @property
    def pruned(self) -> dict[str, float] | None:
        """What `record_pruned` was given, unless the run was finished later."""
        is_pruned = self._pruned.exists() and self.result is None
        return self._read(self._pruned) if is_pruned else None

    def check_finished(self) -> None:
        """Raise MissingArtifact unless the run is finished."""
        if self.result is None:
            raise MissingArtifact(
                f"{self.path} holds no finished run: give the folder of one, or finish it with "
                "the command that started it."
            )

    def _missing(self, path: Path) -> str:
        again = command("train", run=self.path)
        return (
            f"{path} does not exist: run `{again} ...` with the settings of this run again, which "
            "writes it."
        )
