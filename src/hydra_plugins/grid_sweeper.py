"""Runs every job of a sweep, also beside some that fail.

Hydra takes sweepers from the package `hydra_plugins` alone.
"""

from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn
from omegaconf import OmegaConf


class GridSweeper(BasicSweeper):
    """`--multirun key=1,2,3`: a job for each combination of the values.

    Hydra's own sweeper raises the first error, tells of no other, and leaves out what is to be
    done at the end.
    """

    def sweep(self, arguments: list[str]) -> Any:
        """Launch the batches in turn; Any as in the base class.

        Raises:
            UserError: with each job that failed and why, once all have ended.
        """
        from interplm.runtime.failed_jobs import check_jobs, lost_jobs_failing
        from interplm.runtime.sweep_callbacks import ended_anyway

        assert self.config is not None
        assert self.hydra_context is not None
        assert self.launcher is not None
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        overrides = parser.parse_overrides([*self._parse_config(), *arguments])
        batches = self.split_arguments(overrides, self.max_batch_size)
        for batch in batches:
            self.validate_batch_is_legal(batch)
        self._write_config(Path(self.config.hydra.sweep.dir))
        returns: list[JobReturn] = []
        with ended_anyway(self.config, self.hydra_context.callbacks):
            for batch in batches:
                with lost_jobs_failing():
                    returns += self.launcher.launch(batch, initial_job_idx=len(returns))
            jobs = [job for batch in batches for job in batch]
            check_jobs(jobs, returns, self.config.hydra.job.config_name)
        return returns

    def _write_config(self, sweep: Path) -> None:
        sweep.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.config, sweep / "multirun.yaml")
