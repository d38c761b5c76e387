"""What is said when all runs of a sweep have ended."""

import logging
from typing import Any

from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from interplm.runtime.command import follow_up

log = logging.getLogger("interplm.train")


class SayHowToCompare(Callback):
    """Print the command that puts the runs of a sweep in one table."""

    def __init__(self) -> None:
        self._runs: list[str] = []

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        """Remember the folder; Any as in the base class."""
        self._runs.append(str(job_return.cfg.run))  # type: ignore[union-attr]  # a job has one

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Of all, where jobs ran elsewhere and this process did not see them end."""
        runs = list(dict.fromkeys(self._runs)) or str(config.paths.runs)
        log.info("All of them: %s", follow_up(config, "compare", runs=runs))
