"""Every figure of a finished run in one table: `python -m interplm.evaluate run=<folder>`."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from interplm.errors import UserError
from interplm.runtime.job import job
from interplm.runtime.measured import Measured, activations_of, measured_by, score_command
from interplm.runtime.run_folder import RunFolder
from interplm.tracked import track

if TYPE_CHECKING:
    from interplm.activations.datamodule import ActivationDataModule
    from interplm.evaluation import Figure
    from interplm.sae import SparseAutoencoder
    from interplm.tracking import LoggedRun

log = logging.getLogger("interplm.evaluate")


def evaluate(cfg: DictConfig) -> Path:
    """Measure an exported SAE on validation proteins.

    Returns:
        The table, a CSV file.
    """
    subject = measured_by(cfg)
    # From the start: who is second shall know before the work and not after it.
    with nullcontext() if cfg.run is None else RunFolder(cfg.run).recorded():
        return _evaluate(cfg, subject)


def _evaluate(cfg: DictConfig, subject: Measured) -> Path:
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from tqdm import tqdm

    from interplm.activations.datamodule import ActivationDataModule
    from interplm.activations.origin import check_trained_on
    from interplm.evaluation import as_text, reconstruction_figures, write_figures
    from interplm.plms.device import choose_device
    from interplm.sae import load_sae
    from interplm.sae.export import read_description

    data = ActivationDataModule(
        folder=subject.activations, plm=None, layer=None, d_model=None,
        batch_size=cfg.batch_size, buffer_rows=cfg.batch_size,
        validation_fraction=subject.validation_fraction, split_seed=subject.split_seed,
        num_workers=0, device="cpu", resident=False, seed=0,
    )  # fmt: skip
    device = choose_device(cfg.device, setting="device")
    sae = load_sae(subject.sae).to(device)
    trained_on = {"d_model": sae.d_in} | read_description(subject.sae)["trained_on"]
    check_trained_on(trained_on, data.fingerprint, sae=subject.sae)
    if data.n_validation_residues == 0:
        raise UserError(
            f"{subject.activations} has no validation protein at validation_fraction="
            f"{subject.validation_fraction}: embed more proteins, or give activations=<folder>."
        )
    batches = tqdm(data.val_dataloader(), desc="Validation residues", unit="batch", leave=False)
    figures = reconstruction_figures(sae, batches, device=device)
    figures += _fidelity(cfg, subject, data, sae)
    write_figures(figures, subject.table)
    _track(cfg, data, figures)
    log.info("%s validation residues\n%s", f"{data.n_validation_residues:,}", as_text(figures))
    log.info("Table: %s", subject.table)
    return subject.table


def _track(cfg: DictConfig, data: ActivationDataModule, figures: list[Figure]) -> None:
    """Log the table to wandb, where the training of the run was logged."""
    from interplm.evaluation.figures import COLUMNS

    def say(logged: LoggedRun) -> None:
        fingerprint, dataset = data.fingerprint.as_dict(), run.inputs["dataset"]
        logged.reads_sae(run.name, run.sae)
        logged.reads_activations(fingerprint, dataset=dataset, folder=data.folder)
        logged.table("reconstruction", COLUMNS, map(asdict, figures))
        values = {f"{figure.space}/{figure.metric}": figure.value for figure in figures}
        logged.figures("result", run.result or {})
        logged.figures("evaluation", values)

    if cfg.run is None:
        return
    run = RunFolder(cfg.run)
    settings = {"run": run.name, "batch_size": cfg.batch_size}
    track(run, cfg.wandb, job_type="evaluate", folder=run.path, config=settings, say=say)


def _fidelity(
    cfg: DictConfig, subject: Measured, data: ActivationDataModule, sae: SparseAutoencoder
) -> list[Figure]:
    """No rows, and a warning, where it is not known what to predict with, or from."""
    from interplm.evaluation import (
        FidelityBenchmark,
        check_plm_made,
        fidelity_figures,
        fidelity_sequences,
    )
    from interplm.plms import MaskedLanguageModel
    from interplm.runtime.instantiation import instantiate

    if subject.load_plm is None or subject.sequences is None:
        log.warning(
            "Reconstruction fidelity is left out: give plm=... and fidelity.sequences=<file>."
        )
        return []
    settings = instantiate(cfg.fidelity, sequences=subject.sequences)
    plm = subject.load_plm().to(sae.W_dec.device)
    if not isinstance(plm, MaskedLanguageModel):
        log.warning("Reconstruction fidelity is left out: %s has no language-model head.", plm.name)
        return []
    check_plm_made(plm, data.fingerprint)
    sequences = fidelity_sequences(settings, plm=plm, trained_on=data.training_accessions())
    layer = data.fingerprint.layer
    benchmark = FidelityBenchmark(plm=plm, layer=layer, sequences=sequences, settings=settings)
    return fidelity_figures(benchmark.measure(sae))


@job("evaluate")
def main(cfg: DictConfig) -> None:
    """Every figure of a finished run in one table."""
    evaluate(cfg)
    if cfg.run is not None:
        run = RunFolder(cfg.run)
        activations = Path(cfg.activations or activations_of(cfg, run))
        log.info("Next: %s", score_command(cfg, run, activations))


if __name__ == "__main__":
    main()
