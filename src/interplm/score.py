"""An SAE's features against concepts: `python -m interplm.score run=<dir> proteins.path=…`."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from interplm.runtime.command import chosen, follow_up
from interplm.runtime.fetching import fetch_proteins
from interplm.runtime.job import job
from interplm.runtime.plm_record import plm_words
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
    fetch_proteins(cfg.proteins)
    source = instantiate(cfg.concepts.source)
    with folder.claimed(_identity(cfg, subject, controls, sisters, source), fresh=cfg.fresh):
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


def explore_command(cfg: DictConfig, folder: ScoreFolder) -> str:
    """What shows the scores in the browser."""
    elsewhere = folder.path != Path(cfg.run) / "score"
    database = folder.database if elsewhere else None
    return follow_up(cfg, "explore", run=cfg.run, database=database)


def _subject(run_path: str, cfg: DictConfig) -> "Subject":
    from interplm.features.subject import open_subject, trained_on

    run = RunFolder(run_path)
    run.check_finished()
    return open_subject(
        run.sae,
        activations=Path(cfg.paths.activations),
        dataset=cfg.dataset,
        embed=_embed_command(cfg, run, trained_on(run.sae)["layer"]),
    )


def _embed_command(cfg: DictConfig, run: RunFolder, layer: int) -> str:
    """What makes the activations of the annotated proteins."""
    dataset = None if cfg.dataset == cfg.proteins.name else cfg.dataset
    return follow_up(
        cfg,
        "embed",
        *plm_words(run.inputs["plm"]),
        *chosen("proteins"),
        layers=[layer],
        dataset=dataset,
    )


def _identity(
    cfg: DictConfig,
    subject: "Subject",
    controls: dict[str, "Subject"],
    sisters: list["Subject"],
    source: "AnnotationSource",
) -> dict[str, Any]:
    """The plain settings (hence Any) that make scores what they are; not where things lie."""
    identity: dict[str, Any] = {
        name: OmegaConf.to_container(cfg[name], resolve=True) for name in _IDENTITY
    }
    for where_it_lies in ("path", "proteins"):
        identity["concepts"]["source"].pop(where_it_lies, None)
    return identity | {
        "annotations_sha256": source.sha256(),
        "sae": subject.identity(),
        "controls": {name: control.identity() for name, control in controls.items()},
        "sisters": [sister.sae_sha256 for sister in sisters],
    }


@job("score")
def main(cfg: DictConfig) -> None:
    """An SAE's features against concepts."""
    folder = score(cfg)
    log.info("Next: %s", explore_command(cfg, folder))


if __name__ == "__main__":
    main()
