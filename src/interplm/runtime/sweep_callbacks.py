"""What is said of a sweep, and what is done when all its runs have ended."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, JobStatus, configure_log
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig

from interplm.runtime.command import follow_up
from interplm.runtime.sentences import sentence_of
from interplm.runtime.sweep_folder import note_run, noted_runs

log = logging.getLogger("interplm.train")


@contextmanager
def ended_anyway(config: DictConfig, callbacks: Any) -> Iterator[None]:
    """Do what is done at the end of a sweep also where it fails, for which Hydra does not.

    Args:
        config: of the sweep.
        callbacks: Hydra's collection of them (Any: not public).
    """
    try:
        yield
    except Exception:
        callbacks.on_multirun_end(config=config, config_name=config.hydra.job.config_name)
        raise


class SaySweep(Callback):
    """Let what a sweep says be shown as its jobs show theirs, who may be elsewhere."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Set up the messages; Any as in the base class."""
        configure_log(config.hydra.job_logging, config.hydra.verbose)


class CompareRuns(Callback):
    """Put the runs of a sweep in one table, or print the command that does.

    Jobs may run on other machines, or in an earlier process that was stopped; so each of them
    notes its run in the folder of the sweep.

    Args:
        compare: given the folder of a sweep and the one for the table.
    """

    def __init__(self, compare: Callable[[Path, Path], None]) -> None:
        self._compare = compare

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        """Note the folder of a run that did not fail; Any as in the base class."""
        is_done = job_return.status == JobStatus.COMPLETED
        if config.hydra.mode == RunMode.MULTIRUN and is_done and job_return.cfg is not None:
            note_run(Path(config.hydra.sweep.dir), Path(job_return.cfg.run))

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Of all that are finished; what is wrong with the table is no fault of the runs."""
        sweep = Path(config.hydra.sweep.dir)
        if not noted_runs(sweep):
            return
        folder = sweep / "comparison"
        try:
            self._compare(sweep, folder)
        except Exception as error:
            sentence = sentence_of(error, "compare")
            if sentence is None:
                raise
            log.warning("The runs are not compared: %s", sentence)
        log.info("All of them: %s", follow_up(config, "compare", runs=sweep, folder=folder))
