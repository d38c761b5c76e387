"""An SAE's features against concepts: `python -m interplm.score run=<dir> proteins.path=…`."""

import logging
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from interplm.runtime.command import chosen, follow_up
from interplm.runtime.fetching import fetch_proteins
from interplm.runtime.job import job
from interplm.runtime.plm_record import plm_words
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder
from interplm.scored_sae import ScoredSAE, of_run, scored_sae
from interplm.tracked import track

if TYPE_CHECKING:
    from interplm.concepts.source import AnnotationSource
    from interplm.features.subject import Subject
    from interplm.tracking import LoggedRun

log = logging.getLogger("interplm.score")

# Of the best pair of each concept, in wandb.
_CONCEPT_COLUMNS = (
    "concept", "feature", "average_precision", "average_precision_low", "average_precision_high",
    "margin", "precision", "recall", "f1", "f1_low", "f1_high", "f1_residue", "q_value",
)  # fmt: skip
# Groups of settings that make scores what they are.
_IDENTITY = ("concepts", "split", "scoring", "profile", "comparison")


def score(cfg: DictConfig) -> ScoreFolder:
    """Score an SAE on annotated proteins, or find what was scored before.

    Returns:
        The folder of the scores, finished.

    Raises:
        UserError: unless there is either a run or an SAE.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.runtime.instantiation import instantiate

    folder = ScoreFolder(cfg.folder)
    with scored_sae(cfg) as scored:
        subject = _subject(cfg, scored)
        controls = {
            name: _subject(cfg, of_run(run))
            for name, run in cfg.control_runs.items()
            if run is not None
        }
        sisters = [_subject(cfg, of_run(run)) for run in cfg.sister_runs]
        fetch_proteins(cfg.proteins)
        source = instantiate(cfg.concepts.source)
        with folder.claimed(_identity(cfg, subject, controls, sisters, source), fresh=cfg.fresh):
            if folder.result is None:
                folder.record_inputs(scored.inputs)
                _make(cfg, folder, scored, subject, controls, sisters, source)
            else:
                log.info("These scores are finished; fresh=true would make them again.")
    _report(cfg, folder)
    return folder


def _make(
    cfg: DictConfig,
    folder: ScoreFolder,
    scored: ScoredSAE,
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
    found = score_run(
        subject=subject,
        controls=controls,
        sisters=[sister.sae for sister in sisters],
        annotated=annotated,
        scorer=instantiate(cfg.scoring),
        profile=instantiate(cfg.profile),
        baselines=instantiate(cfg.comparison),
        device=choose_device(cfg.device, setting="device"),
        meta={"dataset": annotated.described(cfg.dataset), "figures": scored.figures},
        maxima_folder=scored.export,
        counts_folder=folder.counts,
        database=folder.database,
    )
    write_report(folder.database, folder.path)
    _write_pack(folder, subject, scored)
    if scored.inputs["run"] is not None:
        _track(cfg, RunFolder(scored.inputs["run"]), folder, subject, found.figures())
    folder.finish(found.figures())


def _track(
    cfg: DictConfig,
    run: RunFolder,
    folder: ScoreFolder,
    subject: "Subject",
    figures: dict[str, float],
) -> None:
    """Log concepts, report and pack to wandb, where the training of the run was logged."""
    from interplm.features.database.reader import FeatureReader

    def say(logged: "LoggedRun") -> None:
        activations = subject.store
        logged.reads_sae(run.name, run.sae)
        logged.reads_activations(
            activations.fingerprint.as_dict(), dataset=cfg.dataset, folder=activations.folder
        )
        logged.writes("report", run.name, folder.reports, figures)
        logged.writes("pack", run.name, sorted(folder.pack.iterdir()), {"sae": subject.sae_sha256})
        logged.page("report", folder.report)
        with closing(FeatureReader(folder.database, n_threads=1)) as reader:
            logged.table("concepts", _CONCEPT_COLUMNS, map(asdict, reader.best_pairs()))
        # With the figures of the training, so that one plot can show both.
        logged.figures("result", run.result or {})
        logged.figures("score", figures)

    track(run, cfg.wandb, job_type="score", folder=folder.path, config=folder.settings, say=say)


def _write_pack(folder: ScoreFolder, subject: "Subject", scored: ScoredSAE) -> None:
    import torch

    from interplm.features.database.reader import FeatureReader
    from interplm.features.packing import make_pack
    from interplm.features.subject import trained_on
    from interplm.packs.pack import save_pack
    from interplm.sae.normalized import NormalizedSAE, scale_of_maxima

    reader = FeatureReader(folder.database, n_threads=1)
    scale = scale_of_maxima(torch.from_numpy(reader.scales))
    sae = NormalizedSAE(subject.sae.cpu(), scale).eval()
    save_pack(make_pack(reader, sae, trained_on=trained_on(scored.export)), folder.pack)


def _report(cfg: DictConfig, folder: ScoreFolder) -> None:
    from interplm.features.report.headline import log_lines
    from interplm.features.report.report import read_headlines

    log.info("%s", "\n".join(log_lines(read_headlines(folder.database))))
    log.info("Report: %s\nFeature database: %s", folder.report, folder.database)


def explore_command(cfg: DictConfig, folder: ScoreFolder) -> str:
    """What shows the scores in the browser."""
    run = cfg.get("run")
    if run is None or folder.path != Path(run) / "score":
        return follow_up(cfg, "explore", scores=folder.path)
    return follow_up(cfg, "explore", run=run)


def _subject(cfg: DictConfig, scored: ScoredSAE) -> "Subject":
    from interplm.features.subject import open_subject, trained_on

    return open_subject(
        scored.export,
        activations=Path(cfg.paths.activations),
        dataset=cfg.dataset,
        embed=_embed_command(cfg, scored.inputs["plm"], trained_on(scored.export)["layer"]),
    )


def _embed_command(cfg: DictConfig, plm: dict[str, Any], layer: int) -> str:
    """What makes the activations of the annotated proteins (Any: a plain record of the PLM)."""
    dataset = None if cfg.dataset == cfg.proteins.name else cfg.dataset
    return follow_up(
        cfg,
        "embed",
        *plm_words(plm),
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


@job("score", renamed={"sae": "source"})
def main(cfg: DictConfig) -> None:
    """An SAE's features against concepts."""
    folder = score(cfg)
    log.info("Next: %s", explore_command(cfg, folder))


if __name__ == "__main__":
    main()
