"""Activations to a sparse autoencoder: `python -m interplm.train experiment=layer3`."""

import logging
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from interplm.runtime.activation_folder import ActivationFolder
from interplm.runtime.command import follow_up
from interplm.runtime.configs import as_plain
from interplm.runtime.identity import identity_of
from interplm.runtime.job import job
from interplm.runtime.plm_record import complete, plm_record
from interplm.runtime.ranks import is_first_rank
from interplm.runtime.run_folder import RunFolder

if TYPE_CHECKING:
    from interplm.activations.datamodule import ActivationDataModule

log = logging.getLogger("interplm.train")


def train(cfg: DictConfig) -> RunFolder:
    """Train one SAE in the folder `run`, or go on with, or find, what is there.

    Returns:
        The run folder, finished.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.runtime.instantiation import instantiate

    _quieten()
    run = RunFolder(cfg.run)
    data = instantiate(cfg.data)
    made_with = ActivationFolder(data.folder).inputs.get("plm") or {}
    complete(cfg.plm, made_with, d_model=data.fingerprint.d_model)
    identity = identity_of(cfg) | {"activations": data.fingerprint.as_dict()}
    with run.claimed(identity, fresh=cfg.fresh):
        if run.result is None:
            run.record_inputs(_inputs(cfg, data))
            _fit(cfg, run, data)
        else:
            log.info("This run is finished; fresh=true would train it again.")
    if run.result is not None and is_first_rank():
        _report(run)
    return run


def _fit(cfg: DictConfig, run: RunFolder, data: "ActivationDataModule") -> None:
    import lightning as L

    from interplm.runtime.instantiation import instantiate, instantiate_all
    from interplm.training.fitting import fit, fit_input_transform

    L.seed_everything(cfg.seed, workers=True, verbose=False)
    module = instantiate(cfg.model)
    fit_input_transform(module.sae, data.statistics, **cfg.input_transform)
    loggers = instantiate_all(cfg.logger)
    trainer = instantiate(cfg.trainer, callbacks=instantiate_all(cfg.callbacks), logger=loggers)
    try:
        for logger in loggers:
            logger.log_hyperparams(as_plain(cfg))
        metrics = fit(trainer, module, data, checkpoint=run.checkpoint)
    finally:
        _finish_wandb()
    if not trainer.fast_dev_run and trainer.is_global_zero:
        run.finish(metrics)


def _quieten() -> None:
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Lightning's own use of PyTorch, which no user can mend.
    warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated", category=FutureWarning)


def _finish_wandb() -> None:
    """End the run of wandb, which the next job of a sweep would go on with otherwise."""
    wandb = sys.modules.get("wandb")
    if wandb is not None and wandb.run is not None:
        wandb.finish()


def _inputs(cfg: DictConfig, data: "ActivationDataModule") -> dict[str, Any]:
    """What a later job needs to find the PLM, the activations and their proteins; plain values.

    Paths are absolute, so that the run is found again from another working directory.
    """
    sequences = cfg.fidelity.sequences
    return {
        "plm": plm_record(cfg.plm),
        "dataset": cfg.dataset,
        "activations": str(data.folder.absolute()),
        "sequences": None if sequences is None else str(Path(sequences).absolute()),
    }


def _report(run: RunFolder) -> None:
    figures = run.result or {}
    if "explained_variance" in figures:
        log.info(
            "Validation proteins: explained variance %.4f, L0 %.1f, dead %.2f %%, dense %.2f %%",
            *(
                figures[name]
                for name in ("explained_variance", "l0", "dead_percent", "dense_percent")
            ),
        )
    log.info(
        "Training: %d steps, %s residues/s, %.2f %% of the features dead at its end",
        figures["steps"],
        f"{figures['residues_per_second']:,.0f}",
        figures["train_dead_percent"],
    )
    log.info("Run: %s\nExported SAE: %s", run.path, run.sae)


@job("train")
def main(cfg: DictConfig) -> float | None:
    """Activations to a sparse autoencoder; returns what a sweeper maximises."""
    run = train(cfg)
    result = run.result
    if result is not None and is_first_rank():
        log.info("Next: %s", follow_up(cfg, "evaluate", run=run.path))
    return None if result is None else result.get(cfg.optimized_metric)


if __name__ == "__main__":
    main()
