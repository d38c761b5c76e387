"""A Weights & Biases dashboard of finished runs: `python -m interplm.dashboard runs=<folder>`."""

import csv
import json
import logging
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf, open_dict

from interplm.compare import compare
from interplm.files.atomic import written_aside
from interplm.runtime.command import follow_up
from interplm.runtime.comparison_folder import ComparisonFolder
from interplm.runtime.dashboard_folder import DashboardFolder
from interplm.runtime.job import job
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder
from interplm.tracked import wandb_record

log = logging.getLogger("interplm.dashboard")

_DEFAULT_PROJECT = "interplm"
# Of the comparison, what may stand against L0.
_QUALITIES = (
    "explained_variance", "loss_recovered_masked", "mean_average_precision", "concepts_covered",
)  # fmt: skip
_TEXT = ("run", "sae", "plm", "dataset", "front")


def dashboard(cfg: DictConfig) -> DashboardFolder:
    """Write the definition, the Pareto plots and an offline run of wandb with the table.

    Returns:
        The folder that they are in.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.tracking.dashboard import as_plain, sections

    folder = DashboardFolder(cfg.folder)
    compared = _compared(cfg, folder)
    runs = [RunFolder(path) for path in compared.settings["runs"]]
    shown = sections(_logged(runs), _final(runs))
    definition = as_plain(cfg.name, shown) | {"project": _project(cfg, runs)}
    with folder.claimed({"runs": [str(run.path) for run in runs]}, fresh=True):
        _write(folder.definition, yaml.safe_dump(definition, sort_keys=False))
        rows = _rows(compared)
        for quality, plot in _plots(rows).items():
            _write(folder.path / f"pareto_{quality}.json", json.dumps(plot, indent=1))
        _log(cfg, folder, compared, runs, rows)
    if cfg.upload:
        _upload(cfg, definition)
    return folder


def _compared(cfg: DictConfig, folder: DashboardFolder) -> ComparisonFolder:
    of_table = cfg.copy()
    with open_dict(of_table):
        of_table.folder = str(folder.comparison)
    return compare(of_table)


def _logged(runs: list[RunFolder]) -> set[str]:
    """Names of what the runs logged in training."""
    found: set[str] = set()
    for path in (run.path / "metrics.csv" for run in runs):
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as file:
                found.update(next(csv.reader(file), []))
    return found


def _final(runs: list[RunFolder]) -> set[str]:
    """Names of the runs' final figures, and of those of their evaluation and scores."""
    from interplm.evaluation import read_figures

    found: set[str] = set()
    for run in runs:
        found |= {f"result/{name}" for name in run.result or {}}
        found |= {f"evaluation/{name}" for name in read_figures(run.evaluation)}
        found |= {f"score/{name}" for name in ScoreFolder(run.path / "score").result or {}}
    return found


def _rows(compared: ComparisonFolder) -> list[dict[str, Any]]:
    """Of the comparison: text and numbers, None for what was not measured (hence Any)."""
    with compared.csv.open(newline="", encoding="utf-8") as file:
        return [
            {name: _value(name, text) for name, text in row.items()} for row in csv.DictReader(file)
        ]


def _value(column: str, text: str) -> str | float | None:
    if not text:
        return None
    return text if column in _TEXT else float(text)


def _plots(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A Vega-Lite plot for each quality that two runs at least have; Any: rows and JSON."""
    from interplm.comparison import COLUMNS, fronts
    from interplm.tracking.vega import pareto_plot

    titles = {column.name: column.title for column in COLUMNS}
    found = {}
    for quality in _QUALITIES:
        known = _with(rows, quality)
        if len(known) > 1:
            best = [number for line in fronts(known, quality) for number in line]
            found[quality] = pareto_plot(known, best, x="l0", y=quality, titles=titles)
    return found


def _with(rows: list[dict[str, Any]], quality: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["l0"] is not None and row[quality] is not None]


def _log(
    cfg: DictConfig,
    folder: DashboardFolder,
    compared: ComparisonFolder,
    runs: list[RunFolder],
    rows: list[dict[str, Any]],
) -> None:
    """Put the table, the plots and the page into an offline run of wandb that reads every SAE."""
    from interplm.tracking import later_run
    from interplm.tracking.names import artifact_name

    record = {
        "project": _project(cfg, runs),
        "entity": cfg.entity,
        "group": cfg.name,
        "id": artifact_name("runs", cfg.name),
    }
    config = {"runs": [run.name for run in runs]}
    with later_run(
        record, mode="offline", name=cfg.name, job_type="compare", config=config, folder=folder.path
    ) as logged:
        for run in runs:
            logged.reads_sae(run.name, run.sae)
        logged.table("runs", list(rows[0]), rows)
        for quality in _QUALITIES:
            if known := _with(rows, quality):
                logged.scatter(f"pareto/{quality}", known, "l0", quality, label="run")
        logged.writes("comparison", cfg.name, [compared.html, compared.csv], {})


def _project(cfg: DictConfig, runs: list[RunFolder]) -> str:
    recorded = ((wandb_record(run) or {}).get("project") for run in runs)
    return str(cfg.project or next(filter(None, recorded), _DEFAULT_PROJECT))


def _upload(cfg: DictConfig, definition: dict[str, Any]) -> None:
    """Make the workspace (Any: the plain definition)."""
    from interplm.tracking.dashboard import from_plain
    from interplm.tracking.workspace import default_entity, workspace

    made = workspace(
        from_plain(definition),
        name=cfg.name,
        entity=cfg.entity or default_entity(),
        project=definition["project"],
    )
    log.info("Dashboard: %s", made.save().url)


def _write(path: Path, text: str) -> None:
    with written_aside(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _sync_commands(runs: list[RunFolder], folder: DashboardFolder) -> list[str]:
    """What uploads all that was logged offline, of the runs, their scores and the dashboard."""
    from interplm.tracking import sync_command

    places = [place for run in runs for place in (run.path, run.path / "score")]
    return [found for place in (*places, folder.path) if (found := sync_command(place))]


@job("dashboard")
def main(cfg: DictConfig) -> None:
    """A Weights & Biases dashboard of finished runs."""
    folder = dashboard(cfg)
    log.info("Dashboard: %s", folder.definition)
    if cfg.upload:
        return
    commands = _sync_commands([RunFolder(path) for path in folder.settings["runs"]], folder)
    log.info("To upload what was logged offline:\n%s", "\n".join(commands))
    given = OmegaConf.to_container(cfg.runs) if OmegaConf.is_list(cfg.runs) else cfg.runs
    upload = follow_up(cfg, "dashboard", runs=given, entity=cfg.entity, upload=True)
    log.info("Then, in an environment with interplm[dashboard]: %s", upload)


if __name__ == "__main__":
    main()
