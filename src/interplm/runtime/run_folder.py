"""The folder of one training run: its config, whether it is finished, where to resume."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from interplm.errors import FingerprintMismatch
from interplm.files.atomic import written_aside


class RunFolder:
    """A run belongs to one config; the same command goes on with it or finds it finished.

        config.yaml   the composed config
        plm.yaml      how to load the PLM again
        checkpoints/  last.ckpt and others
        metrics.csv   what was logged
        sae/          the exported SAE
        result.yaml   the final figures; its presence means that the run is finished

    Args:
        path: of the folder; made by `claim`.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.sae = self.path / "sae"
        self._config = self.path / "config.yaml"
        self._plm = self.path / "plm.yaml"
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
                    f"{self.path} holds a run with another setting ({difference}): choose another "
                    "folder with run=..., or fresh=true to delete that run and start over."
                )
        with written_aside(self._config) as partial:
            partial.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")

    def keep_plm(self, config: Any) -> None:
        """Note how the PLM is loaded, for jobs that read sequences of their own.

        It lies beside the config, not in it: where the weights are is no part of what a run is.

        Args:
            config: plain and resolved, with its `_target_`; Any as OmegaConf gives it.
        """
        with written_aside(self._plm) as partial:
            partial.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")

    @property
    def plm(self) -> dict[str, Any] | None:
        """What `keep_plm` noted, if it did."""
        if not self._plm.exists():
            return None
        config: dict[str, Any] = yaml.safe_load(self._plm.read_text(encoding="utf-8"))
        return config

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
        figures: dict[str, float] = yaml.safe_load(self._result.read_text(encoding="utf-8"))
        return figures

    def finish(self, figures: dict[str, float]) -> None:
        """Write the final figures, which marks the run as finished."""
        with written_aside(self._result) as partial:
            partial.write_text(yaml.safe_dump(figures, sort_keys=False), encoding="utf-8")

    def _clear(self) -> None:
        # Only what a run writes: the folder may be the user's, and Hydra's log is open in it.
        for name in ("config.yaml", "plm.yaml", "result.yaml", "metrics.csv"):
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
