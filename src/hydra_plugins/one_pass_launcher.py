"""Trains the runs of a sweep that read the same activations together, in one pass over them.

Hydra takes launchers from the package `hydra_plugins` alone.
"""

import json
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from hydra.core.utils import JobReturn, configure_log, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

log = logging.getLogger(__name__)

# By name, as importing it takes seconds. Sources of others are of one layer each.
_READS_LAYERS = "interplm.activations.plm_source.PLMSource"


class OnePassLauncher(Launcher):
    """`--multirun hydra/launcher=one_pass`: several SAEs on the same batches, in one process.

    Runs whose `data` settings are equal share a pass: one of them reads a batch, and each takes
    a step on it before the next one is read. Straight from a PLM, runs on several of its layers
    share a pass of the PLM. Every run is what it would be alone: its own Trainer,
    callbacks, folder, checkpoint and export. Runs that cannot share are trained one after the
    other, as without this launcher.

    Args:
        most: runs of a pass; all their SAEs and optimisers are in memory together.
    """

    def __init__(self, most: int) -> None:
        self._most = most

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """See the base class."""
        self._context = hydra_context
        self._task = task_function
        self._config = config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """See the base class."""
        setup_globals()
        configs = [
            self._composed(overrides, initial_job_idx + number)
            for number, overrides in enumerate(job_overrides)
        ]
        found: dict[int, JobReturn] = {}
        for group in groups([_what_is_shared(config) for config in configs], most=self._most):
            found |= zip(group, self._together([configs[n] for n in group]), strict=True)
        return [found[number] for number in range(len(configs))]

    def _composed(self, overrides: Sequence[str], number: int) -> DictConfig:
        config = self._context.config_loader.load_sweep_config(self._config, list(overrides))
        with open_dict(config):
            config.hydra.job.id = config.hydra.job.num = number
        return config

    def _together(self, configs: Sequence[DictConfig]) -> list[JobReturn]:
        from interplm.runtime.turns import Turns

        jobs = [
            partial(
                run_job,
                task_function=self._task,
                config=config,
                job_dir_key="hydra.sweep.dir",
                job_subdir_key="hydra.sweep.subdir",
                hydra_context=self._context,
            )
            for config in configs
        ]
        if len(jobs) == 1:
            return [jobs[0]()]
        # What Hydra says of itself is not shown; this is said as the jobs say theirs.
        configure_log(self._config.hydra.job_logging, self._config.hydra.verbose)
        log.info("%d runs share one pass over the activations", len(jobs))
        turns = Turns(len(jobs))
        if _is_embedded(configs[0]):
            turns.shared["layers"] = sorted({config.layer for config in configs})
        return turns.run(jobs)


def groups(shared: Sequence[str | None], *, most: int) -> list[list[int]]:
    """Which jobs go together, by number, in the order in which they were given.

    Args:
        shared: of each job, what it has in common with others; None for one that must be alone.
        most: jobs of a group.
    """
    found: list[list[int]] = []
    for number, what in enumerate(shared):
        fitting = (group for group in found if shared[group[0]] == what and len(group) < most)
        group = next(fitting, None) if what is not None else None
        if group is None:
            found.append([number])
        else:
            group.append(number)
    return found


def _what_is_shared(config: DictConfig) -> str | None:
    """The settings of the data as text; None where a process can hold one such run only."""
    from interplm.runtime.configs import as_plain

    trainer: Any = config.get("trainer") or {}
    is_single = trainer.get("devices") in (1, "auto") and trainer.get("num_nodes", 1) == 1
    if "data" not in config or not is_single:
        return None
    what = {name: as_plain(config.get(name)) for name in ("data", "dataset", "plm")}
    if _is_embedded(config):
        what["data"].pop("layer")
    return json.dumps(what, sort_keys=True, default=str)


def _is_embedded(config: DictConfig) -> bool:
    """Whether our source gives the activations, of as many layers at once as are asked for."""
    return config.get("data") is not None and config.data.get("_target_") == _READS_LAYERS
