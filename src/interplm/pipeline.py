"""All jobs in order, making what is missing: `python -m interplm.pipeline experiment=demo`."""

import logging
from collections.abc import Callable

from omegaconf import DictConfig, OmegaConf

from interplm.embed import embed
from interplm.errors import FingerprintMismatch, UserError
from interplm.runtime.command import follow_up
from interplm.runtime.job import job
from interplm.runtime.objective import objective
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder
from interplm.score import explore_command
from interplm.score import score as score_run
from interplm.train import train

log = logging.getLogger("interplm.pipeline")


def score(cfg: DictConfig) -> ScoreFolder:
    """Score on the proteins of `annotated`, embedded first, or on those that were trained on."""
    if cfg.get("annotated") is None:
        return score_run(cfg)
    other = cfg.copy()
    OmegaConf.set_struct(other, False)
    # The run is that of the training, whose name follows from the dataset.
    other.run, other.folder = cfg.run, cfg.folder
    other.proteins = cfg.annotated
    other.dataset = cfg.annotated.name
    other.fresh = False
    embed(other, group="proteins@annotated")
    other.fresh = cfg.fresh
    return score_run(other)


# A later stage joins by adding its function here and its name to configs/pipeline.yaml. Each one
# finds what it made before, and raises FingerprintMismatch where that was made otherwise.
STAGES: dict[str, Callable[[DictConfig], object]] = {
    "embed": embed,
    "train": train,
    "score": score,
}


def pipeline(cfg: DictConfig) -> None:
    """Run the stages in order; what is there and fits is kept, nothing that differs is replaced.

    A run that a search ended early is not scored.

    Raises:
        FingerprintMismatch: if a stage finds what was made with other settings.
        UserError: for a stage that does not exist.
    """
    afresh = _stages_made_afresh(cfg)
    stages = _stages(cfg)
    for number, name in enumerate(stages, start=1):
        log.info("\n[%d/%d] %s", number, len(stages), name)
        of_stage = cfg.copy()
        of_stage.fresh = name in afresh
        try:
            STAGES[name](of_stage)
        except FingerprintMismatch as change:
            raise FingerprintMismatch(
                f"{change} In a pipeline, fresh=[{name}] makes this stage afresh and no other."
            ) from change
        if name == "train" and RunFolder(cfg.run).pruned is not None:
            return


def _stages_made_afresh(cfg: DictConfig) -> list[str]:
    """From `fresh`: true for all, false for none, or a list of stages."""
    fresh = OmegaConf.to_container(cfg)["fresh"]  # type: ignore[index,call-overload]
    named = list(cfg.stages) + (fresh if isinstance(fresh, list) else [])
    unknown = sorted(set(named) - set(STAGES))
    if unknown:
        raise UserError(f"The stages are {', '.join(STAGES)}; got {', '.join(unknown)}.")
    if isinstance(fresh, list):
        return fresh
    return list(STAGES) if fresh else []


def _next(cfg: DictConfig) -> str:
    if "score" in _stages(cfg):
        return explore_command(cfg, ScoreFolder(cfg.folder))
    return follow_up(cfg, "evaluate", run=cfg.run)


def _stages(cfg: DictConfig) -> list[str]:
    """Without annotations there is nothing to score against."""
    return [name for name in cfg.stages if name != "score" or cfg.get("concepts") is not None]


@job("pipeline")
def main(cfg: DictConfig) -> float | list[float | None] | None:
    """All jobs in order, redoing only what is missing; returns what a sweeper optimises."""
    pipeline(cfg)
    run = RunFolder(cfg.run)
    if run.pruned is not None:
        return None
    log.info("Next: %s", _next(cfg))
    scores = ScoreFolder(cfg.folder).result if "score" in _stages(cfg) else None
    return objective({**(run.result or {}), **(scores or {})}, cfg.optimized_metric)


if __name__ == "__main__":
    main()
