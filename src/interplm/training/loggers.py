"""Lightning's loggers as training uses them."""

from typing import Any

import lightning as L
from lightning.pytorch.loggers import TensorBoardLogger, WandbLogger
from lightning.pytorch.loggers.logger import rank_zero_experiment
from torch import Tensor

from interplm.tracking import AXIS, histogram


class WandbRun(WandbLogger):
    """One run of wandb for each training, whatever else this process logs there.

    Metrics are drawn against the residues seen: steps mean nothing across batch sizes and ranks.

    Args:
        offline: write to `save_dir` alone; `wandb sync` uploads it.
        settings: of Lightning's logger and of `wandb.init`; Any as there.
    """

    def __init__(self, *, offline: bool, **settings: Any) -> None:
        # Offline nothing is asked of the server, and wandb warns of a wish that it must ignore.
        resume = None if offline else "allow"
        # Lightning says it by a variable, which wandb reads but once in a process.
        if offline:
            settings["mode"] = "offline"
        super().__init__(offline=offline, resume=resume, reinit="create_new", **settings)

    @property
    @rank_zero_experiment
    def experiment(self) -> Any:  # a Run, or what stands for one on other ranks
        """The run, begun when it is first asked for."""
        is_new = self._experiment is None
        run = super().experiment
        if is_new:
            run.define_metric(AXIS)
            run.define_metric("*", step_metric=AXIS, step_sync=True, overwrite=True)
        return run

    def finish(self) -> None:
        """End the run and write what is left; nothing where none was begun."""
        if self._experiment is not None:
            self._experiment.finish()
            self._experiment = None


def log_histogram(trainer: L.Trainer, name: str, counts: Tensor, edges: Tensor) -> None:
    """Log a histogram to the loggers that can show one.

    Args:
        trainer: on its first rank.
        name: of the histogram.
        counts: [n_bins].
        edges: ascending, [n_bins + 1].
    """
    step = trainer.global_step
    for logger in trainer.loggers:
        if isinstance(logger, WandbLogger):
            logger.experiment.log({name: histogram(counts, edges), "trainer/global_step": step})
        elif isinstance(logger, TensorBoardLogger):
            middles = (edges[1:] + edges[:-1]) / 2
            logger.experiment.add_histogram_raw(
                name, min=float(edges[0]), max=float(edges[-1]), num=int(counts.sum()),
                sum=float((counts * middles).sum()),
                sum_squares=float((counts * middles.square()).sum()),
                # TensorBoard wants a bin that begins below the first value.
                bucket_limits=edges.tolist(), bucket_counts=[0, *counts.tolist()],
                global_step=step,
            )  # fmt: skip
