"""A study of Optuna: trials that are asked for, told how they went, and listed."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from interplm.errors import UserError
from interplm.runtime.instantiation import instantiate
from interplm.runtime.search_space import SearchSpace

if TYPE_CHECKING:
    import optuna

_OWNER, _WORDS, _RUN, _ERROR = "owner", "words", "run", "error"


class Study:
    """Trials in a storage that outlives the process.

    A trial that was running when its process was killed is given out again, with its settings, so
    that its run goes on where it stopped. Trials of another owner are left to it.

    Args:
        name: of the study within the storage.
        storage: a URL that Optuna knows.
        owner: of the trials that are asked for here; no other process has the same at a time.
        objectives: the direction of each, by name: maximize or minimize.
        sampler: with `_target_`; one with a `seed` is made anew for each trial, with the trial's
            number added, so that a study that was stopped goes on as if it had not been.
        space: what is searched.
        fresh: forget the trials that there are.

    Raises:
        ModuleNotFoundError: without Optuna.
        UserError: for a direction that Optuna does not know, or another number of objectives than
            the study has.
    """

    def __init__(
        self,
        name: str,
        *,
        storage: str,
        owner: str,
        objectives: Mapping[str, str],
        sampler: DictConfig,
        space: SearchSpace,
        fresh: bool,
    ) -> None:
        import optuna
        from optuna.study import StudyDirection

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._states = optuna.trial.TrialState
        self._owner, self.objectives = owner, objectives
        self._sampler, self._space = sampler, space
        if fresh and name in optuna.get_all_study_names(storage):
            optuna.delete_study(study_name=name, storage=storage)
        try:
            self._study = optuna.create_study(
                study_name=name,
                storage=storage,
                directions=[StudyDirection[word.upper()] for word in objectives.values()],
                load_if_exists=True,
            )
        except KeyError as error:
            raise UserError(
                f"hydra.sweeper.direction is maximize or minimize, got {error.args[0].lower()}."
            ) from error

    @property
    def n_done(self) -> int:
        """Trials that are finished or pruned."""
        done = (self._states.COMPLETE, self._states.PRUNED)
        return len(self._study.get_trials(deepcopy=False, states=done))

    def batch(self, n_trials: int) -> "list[optuna.Trial]":
        """The trials to be run next, with all their settings: those that were lost first."""
        import optuna

        running = self._study.get_trials(deepcopy=False, states=(self._states.RUNNING,))
        lost = [trial for trial in running if trial.user_attrs.get(_OWNER) == self._owner]
        trials = [optuna.Trial(self._study, trial._trial_id) for trial in lost[:n_trials]]
        for trial in trials:
            self._settle(trial)
        return [*trials, *(self._asked() for _ in range(n_trials - len(trials)))]

    def words(self, trial: "optuna.Trial | optuna.trial.FrozenTrial") -> list[str]:
        """The command line of a trial."""
        words: list[str] = trial.user_attrs[_WORDS]
        return words

    def runs_as(self, trial: "optuna.Trial", run: str) -> None:
        """Note the folder of its run."""
        trial.set_user_attr(_RUN, run)

    def finish(self, trial: "optuna.Trial", values: Sequence[float]) -> None:
        """Tell what its run gave for each objective."""
        self._study.tell(trial, list(values))

    def prune(self, trial: "optuna.Trial") -> None:
        """Tell that its run was ended early; harmless where that was told."""
        self._study.tell(trial, state=self._states.PRUNED, skip_if_finished=True)

    def fail(self, trial: "optuna.Trial", why: str) -> None:
        """Tell that its run failed."""
        trial.set_user_attr(_ERROR, why)
        self._study.tell(trial, state=self._states.FAIL)

    def is_pruned(self, trial: "optuna.Trial") -> bool:
        """Whether its own run has told so."""
        return self._stored(trial).state == self._states.PRUNED

    def said(self, trial: "optuna.Trial") -> str:
        """How it went and with what, on one line."""
        found = self._stored(trial)
        if found.state == self._states.PRUNED:
            went = f"pruned at step {found.last_step}"
        elif found.state == self._states.FAIL:
            went = f"failed ({found.user_attrs[_ERROR]})"
        else:
            went = self._values(found)
        return f"Trial {found.number}: {went}, with {self.given(trial)}"

    def given(self, trial: "optuna.Trial") -> str:
        """The settings that it has of its own."""
        return " ".join(f"{key}={value}" for key, value in trial.params.items())

    def best(self) -> "list[tuple[optuna.trial.FrozenTrial, str]]":
        """The trials that no other one surpasses in every objective, and what each gave."""
        is_done = self._study.get_trials(deepcopy=False, states=(self._states.COMPLETE,))
        if not is_done:
            return []
        if len(self.objectives) > 1:
            return [(trial, self._values(trial)) for trial in self._study.best_trials]
        return [(self._study.best_trial, self._values(self._study.best_trial))]

    def as_csv(self) -> str:
        """One row for each trial: number, state, objectives, last step reported, settings, run."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        keys = list(self._space.searched)
        writer.writerow(["trial", "state", *self.objectives, "last_step", *keys, "run", "error"])
        for trial in self._study.get_trials(deepcopy=False):
            values = trial.values if trial.state == self._states.COMPLETE else None
            writer.writerow([
                trial.number,
                trial.state.name.lower(),
                *(values or [None] * len(self.objectives)),
                trial.last_step,
                *(trial.params.get(key) for key in keys),
                trial.user_attrs.get(_RUN),
                trial.user_attrs.get(_ERROR),
            ])  # fmt: skip
        return text.getvalue()

    def _asked(self) -> "optuna.Trial":
        number = len(self._study.get_trials(deepcopy=False))
        seed = self._sampler.get("seed")
        others: dict[str, Any] = {} if seed is None else {"seed": seed + number}
        self._study.sampler = instantiate(self._sampler, **others)
        trial = self._study.ask()
        trial.set_user_attr(_OWNER, self._owner)
        self._settle(trial)
        return trial

    def _settle(self, trial: "optuna.Trial") -> None:
        """Give a trial its settings; one that was lost has those that it had."""
        trial.set_user_attr(_WORDS, self._space.words(self._space.suggested(trial)))

    def _stored(self, trial: "optuna.Trial") -> "optuna.trial.FrozenTrial":
        return self._study.get_trials(deepcopy=False)[trial.number]

    def _values(self, trial: "optuna.trial.FrozenTrial") -> str:
        values = zip(self.objectives, trial.values or [], strict=False)
        return ", ".join(f"{name} {value:.4g}" for name, value in values)
