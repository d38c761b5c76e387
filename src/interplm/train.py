"""Activations to a sparse autoencoder: `python -m interplm.train experiment=layer3`."""

import logging
import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from interplm.errors import MissingArtifact
from interplm.runtime.activation_folder import ActivationFolder
from interplm.runtime.command import chosen, follow_up, setting
from interplm.runtime.configs import as_plain
from interplm.runtime.fetching import fetch_all, fetch_proteins
from interplm.runtime.identity import identity_of
from interplm.runtime.job import job
from interplm.runtime.objective import objective
from interplm.runtime.plm_record import complete, plm_record
from interplm.runtime.ranks import is_first_rank
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.turns import current_turns
from interplm.tracked import WANDB_RECORD, wandb_record

if TYPE_CHECKING:
    from interplm.activations import ActivationSource
    from interplm.tracking import LoggedRun

log = logging.getLogger("interplm.train")


def train(cfg: DictConfig) -> RunFolder:
    """Train one SAE in the folder `run`, or go on with, or find, what is there.

    Returns:
        The run folder, finished unless the run was pruned.
    """
    _quieten()
    fetch_all(cfg)
    if cfg.data.get("source") is not None:
        fetch_proteins(cfg.proteins)
    run = RunFolder(cfg.run)
    # The name follows from the settings as they were given, not as they are completed below.
    cfg.run = str(run.path)
    _check_activations(cfg)
    with _source(cfg) as data:
        return _train(cfg, run, data)


def _train(cfg: DictConfig, run: RunFolder, data: "ActivationSource") -> RunFolder:
    folder = _folder_of(data)
    made_with = {} if folder is None else ActivationFolder(folder).inputs.get("plm") or {}
    complete(cfg.plm, made_with, d_model=data.fingerprint.d_model)
    identity = identity_of(cfg) | {"activations": data.fingerprint.as_dict()}
    with run.claimed(identity, fresh=cfg.fresh):
        if run.result is None:
            _set_wandb_id(cfg, run)
            run.record_inputs(_inputs(cfg, data))
            _fit(cfg, run, data)
        else:
            log.info("This run is finished; fresh=true would train it again.")
    if run.result is not None and is_first_rank():
        _report(run)
    return run


@contextmanager
def _source(cfg: DictConfig) -> Iterator["ActivationSource"]:
    """The activations; where several runs share a pass over them, what this one sees of it."""
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.activations.shared import SharedSource, SharedStream
    from interplm.activations.source import check_source
    from interplm.runtime.instantiation import instantiate
    from interplm.training.random_state import random_state, restore_random_state

    turns = current_turns()
    if turns is None:
        yield check_source(instantiate(cfg.data))
        return

    def pass_on() -> None:
        # Each run draws what it would alone.
        state = random_state()
        turns.pass_on()
        restore_random_state(state)

    layers = turns.shared.get("layers")
    if "stream" not in turns.shared:
        source = instantiate(cfg.data)
        if layers is not None:
            source.read_layers(layers)
        turns.shared["stream"] = SharedStream(check_source(source))
    data = SharedSource(
        turns.shared["stream"],
        layer=None if layers is None else cfg.layer,
        pass_on=pass_on,
        is_stopping=lambda: turns.is_stopping,
    )
    try:
        yield data
    finally:
        # However it ends: the other runs wait for those that have not left.
        data.teardown("fit")


def _folder_of(data: "ActivationSource") -> Path | None:
    """Of a store; activations from elsewhere have none."""
    folder: Path | None = getattr(data, "folder", None)
    return folder


def _check_activations(cfg: DictConfig) -> None:
    """Raise MissingArtifact, with the command that makes them, if there are none to train on."""
    folder = cfg.data.get("folder")
    if folder is None or Path(folder).is_dir():
        return
    words = [*chosen("plm"), *chosen("proteins")]
    dataset = None if cfg.dataset == cfg.proteins.name else cfg.dataset
    embed = follow_up(cfg, "embed", *words, layers=[cfg.layer], dataset=dataset)
    if OmegaConf.is_missing(cfg.proteins, "path"):
        first = f"embed your proteins first, {embed} with proteins.path=... added"
    else:
        first = f"run `{embed}` first"
    raise MissingArtifact(
        f"There are no activations in {folder}: {first}, or correct plm, layer and dataset."
    )


def _fit(cfg: DictConfig, run: RunFolder, data: "ActivationSource") -> None:
    import lightning as L

    from interplm.runtime.instantiation import instantiate, instantiate_all
    from interplm.tracking import LoggedRun
    from interplm.training.callbacks import Pruned
    from interplm.training.checkpoints import newest_checkpoint
    from interplm.training.fitting import fit, fit_input_transform
    from interplm.training.loggers import WandbRun

    L.seed_everything(cfg.seed, workers=True, verbose=False)
    module = instantiate(cfg.model)
    fit_input_transform(module.sae, data.statistics, **cfg.input_transform)
    loggers = instantiate_all(cfg.logger)
    trainer = instantiate(cfg.trainer, callbacks=instantiate_all(cfg.callbacks), logger=loggers)
    settings = as_plain(cfg) | {"activations": data.fingerprint.as_dict()}
    runs_of_wandb = [logger for logger in loggers if isinstance(logger, WandbRun)]
    try:
        for logger in loggers:
            logger.log_hyperparams(settings)
        metrics = fit(trainer, module, data, checkpoint=newest_checkpoint(run.path / "checkpoints"))
        if not trainer.fast_dev_run and trainer.is_global_zero:
            for logger in runs_of_wandb:
                _track(LoggedRun(logger.experiment), cfg, run, data, metrics)
            run.finish(metrics)
    except Pruned as pruned:
        if trainer.is_global_zero:
            run.record_pruned({"step": pruned.step, pruned.metric: pruned.value})
            log.info("%s: %s", run.path, pruned)
        return
    finally:
        for logger in runs_of_wandb:
            logger.finish()


def _quieten() -> None:
    # It sets its own levels when it is imported.
    import lightning  # noqa: F401

    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Lightning's own use of PyTorch, which no user can mend.
    warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated", category=FutureWarning)


def _track(
    logged: "LoggedRun",
    cfg: DictConfig,
    run: RunFolder,
    data: "ActivationSource",
    metrics: dict[str, float],
) -> None:
    """What a run of wandb has beside its metrics: final figures, the SAE, what it is made from."""
    trained_on = data.fingerprint.as_dict()
    logged.reads_activations(trained_on, dataset=cfg.dataset, folder=_folder_of(data))
    logged.writes_sae(run.name, run.sae, metrics | {"trained_on": trained_on})
    rows = [{"figure": name, "value": value} for name, value in metrics.items()]
    logged.table("reconstruction", ("figure", "value"), rows)
    logged.figures("result", metrics)


def _set_wandb_id(cfg: DictConfig, run: RunFolder) -> None:
    """Let a resumed run go on with its run of wandb, which is kept beside its inputs."""
    wandb = None if cfg.logger is None else cfg.logger.get("wandb")
    if wandb is not None and wandb.id is None:
        wandb.id = (wandb_record(run) or {}).get("id") or secrets.token_hex(4)


def _inputs(cfg: DictConfig, data: "ActivationSource") -> dict[str, Any]:
    """What a later job needs to find the PLM, the activations and their proteins; plain values.

    Paths are absolute, so that the run is found again from another working directory.
    """
    folder, sequences = _folder_of(data), cfg.fidelity.sequences
    wandb = None if cfg.logger is None else as_plain(cfg.logger.get("wandb"))
    return {
        "plm": plm_record(cfg.plm),
        "dataset": cfg.dataset,
        "proteins": _protein_words(cfg),
        "activations": None if folder is None else str(folder.absolute()),
        "sequences": None if sequences is None else str(Path(sequences).absolute()),
        "wandb": None if wandb is None else {name: wandb.get(name) for name in WANDB_RECORD},
    }


def _protein_words(cfg: DictConfig) -> list[str]:
    """What to type so that a job reads the same proteins under the same name."""
    words = [word for word in chosen("proteins") if not word.startswith("proteins.path=")]
    # Proteins that were embedded before need not be given to train on them.
    if "path" in cfg.proteins and not OmegaConf.is_missing(cfg.proteins, "path"):
        words.append(setting("proteins.path", Path(cfg.proteins.path).absolute()))
    if cfg.dataset != cfg.proteins.name:
        words.append(setting("dataset", cfg.dataset))
    return words


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
def main(cfg: DictConfig) -> float | list[float | None] | None:
    """Activations to a sparse autoencoder; returns what a sweeper optimises."""
    run = train(cfg)
    result = run.result
    if result is not None and is_first_rank():
        log.info("Next: %s", follow_up(cfg, "evaluate", run=run.path))
    return objective(result, cfg.optimized_metric)


if __name__ == "__main__":
    main()
