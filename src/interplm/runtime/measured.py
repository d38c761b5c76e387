"""What a job on a trained SAE works on, found from a run folder or said on the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from interplm.errors import MissingArtifact, UserError
from interplm.runtime.run_folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An exported SAE and what belongs to it.

    Attributes:
        sae: folder of the export.
        activations: folder of the activations to measure it on.
        plm: config that builds the PLM, or None where it is not known; Any as OmegaConf gives it.
        sequences: file of sequences for fidelity, or None where it is not known.
        validation_fraction: of the split that training used.
        split_seed: of the same.
        table: CSV that the figures go to.
    """

    sae: Path
    activations: Path
    plm: Any
    sequences: str | None
    validation_fraction: float
    split_seed: int
    table: Path


def measured_by(cfg: DictConfig) -> Measured:
    """From `run` or `export` and the keys beside them; what the command line says goes first.

    Raises:
        UserError: if neither or both are given, or something that only the user knows is not.
        MissingArtifact: if the run is not finished.
    """
    if (cfg.run is None) == (cfg.export is None):
        raise UserError(
            "Give either run=<folder of a finished run> or export=<folder of an exported SAE>."
        )
    return _of_run(cfg) if cfg.export is None else _of_export(cfg)


def _of_run(cfg: DictConfig) -> Measured:
    run = RunFolder(cfg.run)
    if run.result is None:
        raise MissingArtifact(
            f"{run.path} holds no finished run: `python -m interplm.train run={run.path} ...` with "
            "the run's settings goes on with it."
        )
    inputs, config = run.inputs, run.config
    made_from = config["activations"]
    folder = Path(cfg.paths.activations) / made_from["plm"] / f"layer_{made_from['layer']}"
    return Measured(
        sae=run.sae,
        activations=Path(cfg.activations or folder / inputs["dataset"]),
        plm=cfg.plm.model if cfg.plm is not None else inputs["plm"]["model"],
        sequences=cfg.fidelity.sequences or inputs["sequences"],
        validation_fraction=config["data"]["validation_fraction"],
        split_seed=config["data"]["split_seed"],
        table=Path(cfg.table or run.evaluation),
    )


def _of_export(cfg: DictConfig) -> Measured:
    if cfg.activations is None:
        raise UserError(
            f"Nothing says on what {cfg.export} is to be measured: give activations=<folder>, as "
            "`python -m interplm.embed` wrote it for the SAE's PLM and layer."
        )
    return Measured(
        sae=Path(cfg.export),
        activations=Path(cfg.activations),
        plm=cfg.plm.model if cfg.plm is not None else None,
        sequences=cfg.fidelity.sequences,
        validation_fraction=cfg.validation_fraction,
        split_seed=cfg.split_seed,
        table=Path(cfg.table or Path(cfg.export) / "evaluation.csv"),
    )
