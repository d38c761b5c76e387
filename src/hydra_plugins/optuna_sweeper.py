"""Chooses the settings of each run of a sweep by what the runs before it gave.

Hydra takes sweepers from the package `hydra_plugins` alone. The published one for Optuna works with
versions below 3 only.
"""

import logging
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    import optuna

    from interplm.runtime.search_space import SearchSpace
    from interplm.runtime.study import Study
    from interplm.runtime.study_folder import StudyFolder

log = logging.getLogger(__name__)

# What says where a study lies or how it is begun, but not what is searched.
_NOT_SEARCHED = ("paths.", "fresh=")
# What a run by itself does without.
_OF_SEARCHES = ("hparams_search=", "callbacks.pruning")


class OptunaSweeper(Sweeper):
    """`--multirun hparams_search=optuna`: a study of Optuna, which the same command goes on with.

    Every trial is a run like any other: the launcher starts it, in its own folder. A trial that was
    interrupted goes on from its checkpoint; one that the pruner ends is recorded as pruned, in the
    study and in its run folder.

    Args:
        study_name: within the storage.
        folder: of its table of trials.
        storage: a URL that Optuna knows.
        n_trials: finished and pruned ones, of all commands together.
        n_jobs: trials that are launched together.
        max_failures: failed trials of one command that do not end it.
        direction: of `optimized_metric`, maximize or minimize; a list where that is one.
        sampler: with `_target_`.
        params: what is searched, in Hydra's words of a sweep; the command line goes first.
    """

    def __init__(
        self,
        *,
        study_name: str,
        folder: str,
        storage: str,
        n_trials: int,
        n_jobs: int,
        max_failures: int,
        direction: str | Sequence[str],
        sampler: DictConfig,
        params: DictConfig,
    ) -> None:
        self._name, self._folder, self._storage = study_name, folder, storage
        self._n_trials, self._n_jobs, self._max_failures = n_trials, n_jobs, max_failures
        self._direction, self._sampler, self._params = direction, sampler, params
        self._failures: list[Exception] = []

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """See the base class."""
        self._config, self._context = config, hydra_context
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Run trials until there are enough; Any as in the base class, where nothing is returned.

        Raises:
            UserError: for settings that cannot be met, or what a trial failed with.
        """
        import optuna  # noqa: F401  # where it is missing, that is said before anything is written

        from interplm.runtime.objective import directions_of
        from interplm.runtime.search_space import search_space
        from interplm.runtime.study_folder import StudyFolder
        from interplm.runtime.sweep_callbacks import ended_anyway

        # It would say of each trial what is said below.
        logging.getLogger("hydra").setLevel(logging.WARNING)
        self._check_numbers()
        objectives = directions_of(
            self._config.optimized_metric, self._direction, is_pruning=self._is_pruning
        )
        given = {str(key): value for key, value in self._params.items()}
        words = [f"{key}={'null' if value is None else value}" for key, value in given.items()]
        space = search_space([*words, *arguments])
        self._run_of(space.words(space.example()))
        folder, identity = StudyFolder(self._folder), _identity(space, objectives)
        with (
            folder.claimed(identity, fresh=self._is_fresh),
            ended_anyway(self._config, self._context.callbacks),
        ):
            self._search(folder, objectives, space)

    def _search(
        self, folder: "StudyFolder", objectives: dict[str, str], space: "SearchSpace"
    ) -> None:
        from interplm.files.atomic import written_aside
        from interplm.runtime.study import Study

        study = Study(
            self._name,
            storage=self._storage,
            owner=folder.owner(),
            objectives=objectives,
            sampler=self._sampler,
            space=space,
            fresh=self._is_fresh,
        )
        try:
            while (n_left := self._n_trials - study.n_done) > 0:
                self._launch(study, study.batch(min(n_left, self._n_jobs)))
        finally:
            with written_aside(folder.trials) as partial:
                partial.write_text(study.as_csv(), encoding="utf-8")
        self._report(study, folder.trials)

    @property
    def _is_fresh(self) -> bool:
        # A list names stages of a pipeline that are made afresh in each trial.
        return self._config.fresh is True

    @property
    def _is_pruning(self) -> bool:
        return OmegaConf.select(self._config, "callbacks.pruning") is not None

    def _check_numbers(self) -> None:
        from interplm.errors import UserError

        for name, number in (("n_trials", self._n_trials), ("n_jobs", self._n_jobs)):
            if number < 1:
                raise UserError(f"hydra.sweeper.{name} must be at least 1, got {number}.")

    def _launch(self, study: "Study", trials: "Sequence[optuna.Trial]") -> None:
        """Those with the same settings are one run."""
        from interplm.runtime.failed_jobs import lost_jobs_failing

        of_run: dict[str, list[optuna.Trial]] = {}
        for trial in trials:
            try:
                run = self._run_of(study.words(trial))
            except Exception as error:
                if self._sentence(error) is None:
                    raise
                self._failed(study, [trial], error)
            else:
                study.runs_as(trial, run)
                of_run.setdefault(run, []).append(trial)
        groups = list(of_run.values())
        for group in groups:
            log.info("Trial %d begins: %s", group[0].number, study.given(group[0]))
        if groups:
            jobs = [[*study.words(group[0]), *self._pruning(group[0])] for group in groups]
            with lost_jobs_failing():
                returns = self._launcher.launch(jobs, initial_job_idx=groups[0][0].number)
            for group, returned in zip(groups, returns, strict=True):
                self._tell(study, group, returned)
        if len(self._failures) > self._max_failures:
            raise self._failures[-1]

    def _run_of(self, words: Sequence[str]) -> str:
        """The run folder that a command line leads to."""
        config = self._context.config_loader.load_sweep_config(self._config, list(words))
        return str(config.run)

    def _pruning(self, trial: "optuna.Trial") -> list[str]:
        """What the callback needs to report to the trial, where there is one."""
        from interplm.runtime.command import setting

        if not self._is_pruning:
            return []
        where = {"storage": self._storage, "study_name": self._name, "trial": trial.number}
        return [setting(f"callbacks.pruning.{name}", value) for name, value in where.items()]

    def _tell(self, study: "Study", trials: "Sequence[optuna.Trial]", returned: JobReturn) -> None:
        if returned.status == JobStatus.FAILED:
            # Not `return_value`, which raises it.
            self._failed(study, trials, returned._return_value)
            return
        values = returned.return_value
        values = list(values) if isinstance(values, Sequence) else [values]
        is_pruned = study.is_pruned(trials[0])
        if not is_pruned and not all(value is not None and isfinite(value) for value in values):
            from interplm.errors import UserError

            wanted = ", ".join(study.objectives)
            self._failed(study, trials, UserError(f"the run gave no number for {wanted}"))
            return
        for trial in trials:
            study.prune(trial) if is_pruned else study.finish(trial, values)
            log.info("%s", study.said(trial))

    def _failed(self, study: "Study", trials: "Sequence[optuna.Trial]", error: Exception) -> None:
        for trial in trials:
            study.fail(trial, self._sentence(error) or repr(error))
            log.warning("%s", study.said(trial))
            self._failures.append(error)

    def _sentence(self, error: Exception) -> str | None:
        from interplm.runtime.sentences import sentence_of

        return sentence_of(error, self._config.hydra.job.config_name)

    def _report(self, study: "Study", table: Path) -> None:
        from interplm.runtime.command import command

        best, job = study.best(), self._config.hydra.job.config_name
        for trial, values in best:
            words = [word for word in study.words(trial) if not word.startswith(_OF_SEARCHES)]
            name = "Best" if len(best) == 1 else "Not surpassed"
            log.info("%s: trial %d, %s: %s", name, trial.number, values, command(job, *words))
        log.info("Trials: %s", table)


def _identity(space: "SearchSpace", objectives: dict[str, str]) -> dict[str, Any]:
    """What may not change within a study; Any: plain values."""
    fixed = sorted(word for word in space.fixed if not word.startswith(_NOT_SEARCHED))
    return {"objectives": objectives, "fixed": fixed, "searched": dict(space.written)}
