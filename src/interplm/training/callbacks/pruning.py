"""Ending a run of a search that does worse than those before it."""

from typing import TYPE_CHECKING

import lightning as L
from lightning.pytorch.trainer.states import TrainerFn

from interplm.errors import UserError

if TYPE_CHECKING:
    import optuna


class Pruned(Exception):
    """The pruner has ended a run.

    Args:
        metric: that was looked at.
        value: of it.
        step: at which.
    """

    def __init__(self, *, metric: str, value: float, step: int) -> None:
        super().__init__(f"Pruned at step {step}: {metric} {value:.4g}")
        self.metric, self.value, self.step = metric, value, step


class Pruning(L.Callback):
    """Report a validation metric to a trial of Optuna, and raise Pruned where its pruner says so.

    Args:
        metric: as it is logged.
        pruner: that compares it with those of other trials at the same step.
        storage: of the study; this and the next two are of the trial that the run is.
        study_name: within the storage.
        trial: its number.

    Raises:
        UserError: without a trial.
    """

    def __init__(
        self,
        *,
        metric: str,
        pruner: "optuna.pruners.BasePruner",
        storage: str | None,
        study_name: str | None,
        trial: int | None,
    ) -> None:
        if storage is None or study_name is None or trial is None:
            raise UserError(
                "A search runs with --multirun, which this command lacks; a single run with "
                "callbacks.pruning=null."
            )
        self._metric, self._pruner = metric, pruner
        self._storage, self._study_name, self._number = storage, study_name, trial
        self._trial: optuna.Trial | None = None

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Open the study; of several ranks the first one does."""
        if trainer.is_global_zero:
            import optuna

            study = optuna.load_study(
                study_name=self._study_name, storage=self._storage, pruner=self._pruner
            )
            stored = study.get_trials(deepcopy=False)[self._number]
            self._trial = optuna.Trial(study, stored._trial_id)

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Report, and leave where the run is not worth going on with; not after its last step."""
        if trainer.sanity_checking or trainer.state.fn != TrainerFn.FITTING:
            return
        if self._metric not in trainer.callback_metrics:
            known = ", ".join(name for name in trainer.callback_metrics if "/" in name)
            raise UserError(
                f"callbacks.pruning.metric={self._metric} is not measured at validations, which "
                f"give {known}."
            )
        value, step = float(trainer.callback_metrics[self._metric]), trainer.global_step
        is_hopeless = self._trial is not None and _report(self._trial, value, step)
        if trainer.strategy.broadcast(is_hopeless) and step < trainer.max_steps:
            if self._trial is not None:
                self._end(self._trial)
            raise Pruned(metric=self._metric, value=value, step=step)

    def _end(self, trial: "optuna.Trial") -> None:
        import optuna

        trial.study.tell(trial.number, state=optuna.trial.TrialState.PRUNED)


def _report(trial: "optuna.Trial", value: float, step: int) -> bool:
    """Whether the trial is to be ended; a run that goes on from a checkpoint repeats some steps."""
    stored = trial.study.get_trials(deepcopy=False)[trial.number]
    if step not in stored.intermediate_values:
        trial.report(value, step)
    return trial.should_prune()
