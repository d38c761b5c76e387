"""The folder of one training run: its config, whether it is finished, where to resume."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from interplm.errors import FingerprintMismatch, MissingArtifact
from interplm.files.atomic import written_aside

_FILES = ("config.yaml", "inputs.yaml", "result.yaml", "metrics.csv", "evaluation.csv")


class RunFolder:
    """A run belongs to one config; the same command goes on with it or finds it finished.

        config.yaml   the composed config
        inputs.yaml   where what it reads lies; may change without making it another run
        checkpoints/  last.ckpt and others
        metrics.csv   what was logged
        sae/          the exported SAE
        result.yaml   the final figures; its presence means that the run is finished
        evaluation.csv  all figures of the exported SAE, once evaluated

    Args:
        path: of the folder; made by `claim`.
    """

    _holds = "a run"
    _mend = "choose another folder with run=..., or fresh=true to delete that run and start over."

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.sae = self.path / "sae"
        self.evaluation = self.path / "evaluation.csv"
        self._config = self.path / "config.yaml"
        self._inputs = self.path / "inputs.yaml"
        self._result = self.path / "result.yaml"

    def claim(self, config: Any, *, fresh: bool) -> None:
        """Take the folder for a run with this config, keeping what an interrupted one left.

        Args:
            config: plain and resolved; Any as OmegaConf gives it.
            fresh: delete what an earlier run left.

        Raises:
            FingerprintMismatch: if the folder belongs to a run with another config.
        """
        if fresh:
            self._clear()
        if self._config.exists():
            earlier = yaml.safe_load(self._config.read_text(encoding="utf-8"))
            difference = _first_difference(earlier, config)
            if difference is not None:
                raise FingerprintMismatch(
                    f"{self.path} holds {self._holds} with another setting ({difference}): "
                    f"{self._mend}"
                )
        with written_aside(self._config) as partial:
            partial.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")

    def record_inputs(self, inputs: dict[str, Any]) -> None:
        """Keep what a later job needs to find the run's PLM and data again; Any as in `claim`."""
        with written_aside(self._inputs) as partial:
            partial.write_text(yaml.safe_dump(inputs, sort_keys=False), encoding="utf-8")

    @property
    def config(self) -> dict[str, Any]:
        """What `claim` was given."""
        return self._read(self._config)

    @property
    def inputs(self) -> dict[str, Any]:
        """What `record_inputs` was given."""
        return self._read(self._inputs)

    @property
    def checkpoint(self) -> Path | None:
        """Where to resume, if the run was interrupted after its first checkpoint."""
        path = self.path / "checkpoints" / "last.ckpt"
        return path if path.exists() else None

    @property
    def result(self) -> dict[str, float] | None:
        """The final figures of a finished run."""
        if not self._result.exists():
            return None
        return self._read(self._result)

    def finish(self, figures: dict[str, float]) -> None:
        """Write the final figures, which marks the run as finished."""
        with written_aside(self._result) as partial:
            partial.write_text(yaml.safe_dump(figures, sort_keys=False), encoding="utf-8")

    def _read(self, path: Path) -> dict[str, Any]:
        if not path.exists():
            raise MissingArtifact(
                f"{path} does not exist: run `python -m interplm.train` with the settings of this "
                "run and run=... again, which writes it."
            )
        values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return values

    def _clear(self) -> None:
        # Only what a run writes: the folder may be the user's, and Hydra's log is open in it.
        for name in _FILES:
            (self.path / name).unlink(missing_ok=True)
        for name in ("checkpoints", "sae"):
            shutil.rmtree(self.path / name, ignore_errors=True)


def _first_difference(earlier: Any, now: Any, key: str = "") -> str | None:
    """The first entry in which two plain configs differ, as `key: earlier, now later`."""
    if isinstance(earlier, dict) and isinstance(now, dict):
        for name in [*earlier, *(name for name in now if name not in earlier)]:
            inner = _first_difference(
                earlier.get(name), now.get(name), f"{key}.{name}" if key else str(name)
            )
            if inner is not None:
                return inner
        return None
    return None if earlier == now else f"{key} was {earlier}, now {now}"
