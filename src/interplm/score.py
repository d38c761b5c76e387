"""An SAE's features against concepts: `python -m interplm.score run=<dir> proteins.path=…`."""

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from interplm.errors import MissingArtifact
from interplm.files.checksum import sha256_of
from interplm.runtime.job import job
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder

if TYPE_CHECKING:
    from interplm.concepts.source import AnnotationSource
    from interplm.features.subject import Subject

log = logging.getLogger("interplm.score")

# Groups of settings that make scores what they are.
_IDENTITY = ("concepts", "split", "scoring", "profile", "comparison")


def score(cfg: DictConfig) -> ScoreFolder:
    """Score a finished run on annotated proteins, or find what was scored before.

    Returns:
        The folder of the scores, finished.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.runtime.instantiation import instantiate

    folder = ScoreFolder(cfg.folder)
    subject = _subject(cfg.run, cfg)
    controls = {
        name: _subject(run, cfg) for name, run in cfg.control_runs.items() if run is not None
    }
    sisters = [_subject(run, cfg) for run in cfg.sister_runs]
    source = instantiate(cfg.concepts.source)
    folder.claim(_identity(cfg, subject, controls, sisters, source), fresh=cfg.fresh)
    if folder.result is None:
        _make(cfg, folder, subject, controls, sisters, source)
    else:
        log.info("These scores are finished; fresh=true would make them again.")
    _report(cfg, folder)
    return folder


def _make(
    cfg: DictConfig,
    folder: ScoreFolder,
    subject: "Subject",
    controls: dict[str, "Subject"],
    sisters: list["Subject"],
    source: "AnnotationSource",
) -> None:
    """Everything in the folder, the result last."""
    from interplm.features.report.report import write_report
    from interplm.features.scored_run import score_run
    from interplm.features.scoring.annotated import read_annotated
    from interplm.plms.device import choose_device
    from interplm.runtime.instantiation import instantiate

    annotated = read_annotated(
        source,
        instantiate(cfg.split),
        accessions=subject.store.accessions(),
        lengths=subject.store.lengths(),
        minimum_instances=cfg.concepts.minimum_instances,
        rejected_csv=folder.rejected,
        proteins=instantiate(cfg.proteins.source),
    )
    log.info("%s\n%s", annotated.summary, annotated.split.summary())
    run = RunFolder(cfg.run)
    scored = score_run(
        subject=subject,
        controls=controls,
        sisters=[sister.sae for sister in sisters],
        annotated=annotated,
        scorer=instantiate(cfg.scoring),
        profile=instantiate(cfg.profile),
        baselines=instantiate(cfg.comparison),
        device=choose_device(cfg.device, setting="device"),
        meta={"dataset": annotated.described(cfg.dataset), "figures": run.result},
        maxima_folder=run.sae,
        counts_folder=folder.counts,
        database=folder.database,
    )
    write_report(folder.database, folder.path)
    folder.finish(scored.figures())


def _report(cfg: DictConfig, folder: ScoreFolder) -> None:
    from interplm.features.report.headline import log_lines
    from interplm.features.report.report import read_headlines

    log.info("%s", "\n".join(log_lines(read_headlines(folder.database))))
    log.info("Report: %s\nFeature database: %s", folder.report, folder.database)
    log.info("Next: python -m interplm.explore run=%s", cfg.run)


def _subject(run_path: str, cfg: DictConfig) -> "Subject":
    from interplm.features.subject import open_subject, trained_on

    run = RunFolder(run_path)
    if run.result is None:
        raise MissingArtifact(
            f"{run.path} holds no finished run: `python -m interplm.train run={run.path} …` with "
            "the settings of the run goes on with it."
        )
    return open_subject(
        run.sae,
        activations=Path(cfg.paths.activations),
        dataset=cfg.dataset,
        embed=_embed_command(cfg, **trained_on(run.sae)),
    )


def _embed_command(cfg: DictConfig, plm: str, layer: int, **_: object) -> str:
    """What makes the activations of the annotated proteins."""
    control = re.fullmatch(r"(.+)_(untrained|shuffled)(\d+)", plm)
    options = f"plm.control={control[2]} plm.seed={control[3]} " if control else ""
    path = f" proteins.path={cfg.proteins.path}" if "path" in cfg.proteins else ""
    name = "" if cfg.dataset == cfg.proteins.name else f" dataset={cfg.dataset}"
    return (
        f"python -m interplm.embed plm={control[1] if control else plm} {options}"
        f"layers=[{layer}] proteins={cfg.proteins_option}{path}{name}"
    )


def _identity(
    cfg: DictConfig,
    subject: "Subject",
    controls: dict[str, "Subject"],
    sisters: list["Subject"],
    source: "AnnotationSource",
) -> dict[str, Any]:
    """The plain settings (hence Any) that make scores what they are; not where things lie."""
    if not source.path.is_file():
        raise MissingArtifact(f"{source.path} does not exist: correct concepts.source.path.")
    identity: dict[str, Any] = {
        name: OmegaConf.to_container(cfg[name], resolve=True) for name in _IDENTITY
    }
    del identity["concepts"]["source"]["path"]
    return identity | {
        "annotations_sha256": sha256_of(source.path),
        "sae": subject.identity(),
        "controls": {name: control.identity() for name, control in controls.items()},
        "sisters": [sister.sae_sha256 for sister in sisters],
    }


@job("score")
def main(cfg: DictConfig) -> None:
    """An SAE's features against concepts."""
    score(cfg)


if __name__ == "__main__":
    main()
