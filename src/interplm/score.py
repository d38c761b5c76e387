"""An SAE's features against concepts: `python -m interplm.score run=<dir> proteins.path=…`."""

import logging
from contextlib import ExitStack, closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from interplm.errors import UserError
from interplm.files.checksum import checksum_of_values
from interplm.files.lock import InUse
from interplm.runtime.command import chosen, follow_up
from interplm.runtime.fetching import fetch_proteins
from interplm.runtime.job import job
from interplm.runtime.plm_record import plm_words
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder
from interplm.scored_sae import ScoredSAE, of_run, scored_sae
from interplm.tracked import track

if TYPE_CHECKING:
    from collections.abc import Callable

    from interplm.concepts.source import AnnotationSource
    from interplm.features.encoding.shard_files import EncodedFolder
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


def score(cfg: DictConfig, *, n_jobs: int = 1, job: int = 0) -> ScoreFolder:
    """Score an SAE on annotated proteins, or find what was scored before.

    Args:
        cfg: of the job.
        n_jobs: that the shards are dealt to; the one that finds all of them encoded scores.
        job: which of them this is.

    Returns:
        The folder of the scores, finished unless other jobs have to encode theirs.

    Raises:
        UserError: unless there is either a run or an SAE, or for a job that there is not.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.runtime.instantiation import instantiate

    folder = ScoreFolder(cfg.folder)
    if cfg.fresh and n_jobs > 1:
        raise UserError(
            "fresh=true would delete what the other jobs encode too: give another folder "
            f"(folder=...), or delete {folder.path} before."
        )
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
        identity = _identity(cfg, subject, controls, sisters, source)
        with folder.claimed(identity, fresh=cfg.fresh):
            if folder.result is None:
                folder.record_inputs(scored.inputs)
                compared = _compared(cfg, folder, subject, controls, source)
                make = partial(_make, cfg, folder, scored, sisters, compared)
                if n_jobs == 1:
                    with folder.held():
                        make()
                else:
                    _make_by_several(folder, compared, make, identity, n_jobs=n_jobs, job=job)
            else:
                log.info("These scores are finished; fresh=true would make them again.")
            if folder.result is not None:
                folder.discard_encoded()
    if folder.result is not None:
        _report(cfg, folder)
    return folder


def _compared(
    cfg: DictConfig,
    folder: ScoreFolder,
    subject: "Subject",
    controls: dict[str, "Subject"],
    source: "AnnotationSource",
) -> dict[str, Any]:
    """What is scored, on what and how: arguments of different kinds, hence Any."""
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
    return {
        "subject": subject,
        "controls": controls,
        "annotated": annotated,
        "scorer": instantiate(cfg.scoring),
        "baselines": instantiate(cfg.comparison),
        "device": choose_device(cfg.device, setting="device"),
    }


def _make_by_several(
    folder: ScoreFolder,
    compared: dict[str, Any],
    make: "Callable[[EncodedFolder], None]",
    identity: dict[str, Any],
    *,
    n_jobs: int,
    job: int,
) -> None:
    """Encode the share of a job, and make the scores if all shares are there; Any: settings."""
    from interplm.features.encoding.shard_files import EncodedFolder
    from interplm.features.encoding_jobs import encode_share

    encoded = EncodedFolder(folder=folder.encoded, identity=checksum_of_values(identity))
    missing = encode_share(**compared, encoded_in=encoded, n_jobs=n_jobs, job=job)
    if missing.n_files:
        # Unless a job that found all of them has finished the scores meanwhile, and deleted them.
        if folder.result is None:
            log.info("%s", missing.sentence())
        return
    with ExitStack() as held:
        try:
            held.enter_context(folder.held())
        except InUse:
            log.info("Everything is encoded; another job is finishing the scores.")
            return
        if folder.result is None:
            make(encoded)


def _make(
    cfg: DictConfig,
    folder: ScoreFolder,
    scored: ScoredSAE,
    sisters: list["Subject"],
    compared: dict[str, Any],
    encoded_in: "EncodedFolder | None" = None,
) -> None:
    """Everything in the folder, the result last; Any as in `_compared`."""
    from interplm.features.report.report import write_report
    from interplm.features.scored_run import score_run
    from interplm.runtime.instantiation import instantiate

    subject, annotated = compared["subject"], compared["annotated"]
    found = score_run(
        **compared,
        sisters=[sister.sae for sister in sisters],
        profile=instantiate(cfg.profile),
        meta={
            "dataset": annotated.described(cfg.dataset),
            "figures": scored.figures,
            "seed": scored.seed,
        },
        maxima_folder=scored.export,
        counts_folder=folder.counts,
        database=folder.database,
        encoded_in=encoded_in,
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

    with closing(FeatureReader(folder.database, n_threads=1)) as reader:
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
    folder = score(cfg, **cfg.encoding)
    if folder.result is not None:
        log.info("Next: %s", explore_command(cfg, folder))


if __name__ == "__main__":
    main()
