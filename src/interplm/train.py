"""Activations to a sparse autoencoder: `python -m interplm.train experiment=layer3`."""

import logging
import warnings
from typing import Any

from omegaconf import DictConfig, OmegaConf

from interplm.runtime.job import job
from interplm.runtime.run_folder import RunFolder

log = logging.getLogger("interplm.train")

# Settings of the trainer that may change between a run and its resumption.
_NOT_IDENTITY = ("default_root_dir", "enable_progress_bar", "enable_model_summary")


def train(cfg: DictConfig) -> RunFolder:
    """Train one SAE in the folder `run`, or go on with, or find, what is there.

    Returns:
        The run folder, finished.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    import lightning as L

    from interplm.runtime.instantiation import instantiate, instantiate_all
    from interplm.training.fitting import fit, fit_input_transform

    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Lightning's own use of PyTorch, which no user can mend.
    warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated", category=FutureWarning)
    run = RunFolder(cfg.run)
    data = instantiate(cfg.data)
    run.claim(_identity(cfg) | {"activations": data.fingerprint.as_dict()}, fresh=cfg.fresh)
    run.record_inputs(_inputs(cfg))
    if run.result is not None:
        log.info("This run is finished; fresh=true would train it again.")
        _report(run)
        return run
    L.seed_everything(cfg.seed, workers=True, verbose=False)
    module = instantiate(cfg.model)
    fit_input_transform(module.sae, data.statistics, **cfg.input_transform)
    trainer = instantiate(
        cfg.trainer,
        callbacks=instantiate_all(cfg.callbacks),
        logger=instantiate_all(cfg.logger),
    )
    figures = fit(trainer, module, data, checkpoint=run.checkpoint)
    if not trainer.fast_dev_run and trainer.is_global_zero:
        run.finish(figures)
        _report(run)
    return run


def _identity(cfg: DictConfig) -> dict[str, Any]:
    """The plain settings (hence Any) that make a run what it is; not where things lie or show."""
    identity: dict[str, Any] = {
        name: OmegaConf.to_container(cfg[name], resolve=True)
        for name in ("trainer", "data", "input_transform", "model")
    }
    for group, name in (("data", "folder"), *(("trainer", name) for name in _NOT_IDENTITY)):
        del identity[group][name]
    # Of the callbacks only this one changes the result.
    ema = cfg.callbacks.get("ema")
    return identity | {"seed": cfg.seed, "ema_decay": None if ema is None else ema.decay}


def _inputs(cfg: DictConfig) -> dict[str, Any]:
    """What a later job needs to find the PLM, the activations and their proteins (Any as above)."""
    return {
        "plm": OmegaConf.to_container(cfg.plm, resolve=True),
        "dataset": cfg.dataset,
        "sequences": cfg.fidelity.sequences,
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
    log.info("Next: python -m interplm.evaluate run=%s", run.path)


@job("train")
def main(cfg: DictConfig) -> None:
    """Activations to a sparse autoencoder."""
    train(cfg)


if __name__ == "__main__":
    main()
