"""What a job on a trained SAE works on, found from a run folder or said on the command line."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from interplm.errors import MissingArtifact, UserError
from interplm.runtime.activation_folder import ActivationFolder
from interplm.runtime.command import follow_up
from interplm.runtime.instantiation import instantiate
from interplm.runtime.plm_of import recorded_plm
from interplm.runtime.plm_record import plm_words
from interplm.runtime.run_folder import RunFolder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An exported SAE and what belongs to it.

    Attributes:
        sae: folder of the export.
        activations: folder of the activations to measure it on.
        load_plm: makes the PLM, or None where it is not known which; Any is a PLM.
        sequences: file of sequences for fidelity, or None where it is not known.
        validation_fraction: of the split that training used.
        split_seed: of the same.
        table: CSV that the figures go to.
    """

    sae: Path
    activations: Path
    load_plm: Callable[[], Any] | None
    sequences: str | None
    validation_fraction: float
    split_seed: int
    table: Path


def measured_by(cfg: DictConfig) -> Measured:
    """From `run` or `export` and the keys beside them; what the command line says goes first.

    Raises:
        UserError: if neither or both are given, something that only the user knows is not, or the
            run is not finished.
    """
    if (cfg.run is None) == (cfg.export is None):
        raise UserError(
            "Give either run=<folder of a finished run> or export=<folder of an exported SAE>."
        )
    return _of_run(cfg) if cfg.export is None else _of_export(cfg)


def _of_run(cfg: DictConfig) -> Measured:
    run = RunFolder(cfg.run)
    run.check_finished()
    inputs = run.inputs
    return Measured(
        sae=run.sae,
        activations=Path(cfg.activations or activations_of(cfg, run)),
        load_plm=_given_plm(cfg) or (lambda: recorded_plm(run)),
        sequences=cfg.fidelity.sequences or inputs["sequences"],
        **_split(cfg, run),
        table=Path(cfg.table or run.evaluation),
    )


def _split(cfg: DictConfig, run: RunFolder) -> dict[str, Any]:
    """How training set validation proteins apart; Any is what YAML can hold."""
    data = run.settings["data"]
    split = {name: data.get(name) for name in ("validation_fraction", "split_seed")}
    if None not in split.values():
        return split
    log.warning(
        "%s of %s does not say which proteins it kept for validation. The figures are of a share "
        "of %g of all proteins, some of which may have been trained on: see validation_fraction=.",
        data["_target_"], run.path, cfg.validation_fraction,
    )  # fmt: skip
    return {name: cfg[name] for name in split}


def activations_of(cfg: DictConfig, run: RunFolder) -> Path:
    """Folder of a run's activations: in the data folder, or else where they lay in training.

    Raises:
        MissingArtifact: if the run was trained straight from the PLM.
    """
    made_from = run.settings["activations"]
    folder = Path(cfg.paths.activations) / made_from["plm"] / f"layer_{made_from['layer']}"
    here = folder / run.inputs["dataset"]
    if here.is_dir():
        return here
    recorded = run.inputs.get("activations", str(here))
    if recorded is None:
        raise MissingArtifact(
            f"{run.path} was trained straight from the PLM, so there are no stored activations to "
            f"measure it on: run `{_embed_command(cfg, run)}` first, of all its proteins or of "
            "some that it was not trained on, or give activations=<folder>."
        )
    return Path(recorded) if Path(recorded).is_dir() else here


def score_command(cfg: DictConfig, run: RunFolder, activations: Path) -> str:
    """What scores a run, on the proteins of the activations if they are annotated."""
    proteins = ActivationFolder(activations).inputs.get("proteins") or {}
    option, path = str(proteins.get("option")), {"proteins.path": str(proteins.get("path"))}
    if option == "demo":
        return follow_up(cfg, "score", run=run.path, proteins=option, concepts=option)
    if option == "uniprot_tsv":
        return follow_up(cfg, "score", run=run.path, proteins=option, **path)
    if option == "fasta":
        return follow_up(cfg, "score", run=run.path, proteins=option, **path, concepts="none")
    return follow_up(cfg, "score", "--help")


def _embed_command(cfg: DictConfig, run: RunFolder) -> str:
    """What stores the activations that a run was trained on as they were computed."""
    inputs, layer = run.inputs, run.settings["activations"]["layer"]
    words = [*plm_words(inputs["plm"]), *inputs["proteins"]]
    return follow_up(cfg, "embed", *words, layers=[layer])


def _given_plm(cfg: DictConfig) -> Callable[[], Any] | None:
    return None if cfg.plm is None else lambda: instantiate(cfg.plm.model)


def _of_export(cfg: DictConfig) -> Measured:
    if cfg.activations is None:
        raise UserError(
            f"Nothing says on what {cfg.export} is to be measured: give activations=<folder>, as "
            "`python -m interplm.embed` wrote it for the SAE's PLM and layer."
        )
    return Measured(
        sae=Path(cfg.export),
        activations=Path(cfg.activations),
        load_plm=_given_plm(cfg),
        sequences=cfg.fidelity.sequences,
        validation_fraction=cfg.validation_fraction,
        split_seed=cfg.split_seed,
        table=Path(cfg.table or Path(cfg.export) / "evaluation.csv"),
    )
