"""Finished runs in one table: `python -m interplm.compare runs=<folder or pattern>`."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from interplm.errors import MissingArtifact, UserError
from interplm.files.atomic import written_aside
from interplm.files.parsing import parsed_yaml
from interplm.runtime.command import setting
from interplm.runtime.comparison_folder import ComparisonFolder
from interplm.runtime.configs import compose
from interplm.runtime.folder import MARKER_FILE
from interplm.runtime.job import job
from interplm.runtime.options import likeliest_option
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder
from interplm.runtime.sweep_folder import noted_runs

if TYPE_CHECKING:
    from interplm.comparison import Row

log = logging.getLogger("interplm.compare")


def compare(cfg: DictConfig) -> ComparisonFolder:
    """Write the table, the page and the plots.

    Returns:
        The folder that they are in.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.comparison import (
        COLUMNS,
        as_csv,
        as_html,
        as_markdown,
        pareto_figures,
        with_front,
    )

    if cfg.sort_by not in (names := [column.name for column in COLUMNS]):
        raise UserError(f"sort_by must be one of {', '.join(names)}, got {cfg.sort_by}.")
    runs = _chosen(cfg)
    rows = [_row(run) for run in runs if run.result is not None]
    pruned = {run.name: int(run.pruned["step"]) for run in runs if run.pruned is not None}
    if cfg.stability:
        rows = _with_stability(rows)
    values = sorted(
        with_front([row.values for row in rows]), key=lambda row: _place(row.get(cfg.sort_by))
    )
    figures = pareto_figures(values)
    folder = ComparisonFolder(cfg.folder)
    with folder.claimed({"runs": [str(row.path) for row in rows]}, fresh=True):
        for path, text in (
            (folder.csv, as_csv(values)),
            (folder.markdown, as_markdown(values)),
            (folder.html, as_html(values, figures, pruned=pruned)),
        ):
            with written_aside(path) as partial:
                partial.write_text(text, encoding="utf-8")
        for name, figure in figures.items():
            with written_aside(folder.path / f"pareto_{name}.svg") as partial:
                figure.savefig(partial, format="svg", metadata={"Date": None})
    log.info("%s", as_markdown(values))
    return folder


def compare_sweep(sweep: Path, folder: Path) -> None:
    """Write the table of a sweep's runs.

    Args:
        sweep: its folder, in which the runs are noted.
        folder: for the table and the plots.
    """
    made = compare(compose("compare", setting("runs", sweep), setting("folder", folder)))
    log.info("Table: %s\nPage: %s", made.csv, made.html)


def _chosen(cfg: DictConfig) -> list[RunFolder]:
    """Those that the settings name; what is not finished is said, and does not make a row."""
    given = cfg.runs if OmegaConf.is_list(cfg.runs) else [cfg.runs]
    # A sweep names its runs otherwise than a pattern does.
    found = {path.resolve(): path for pattern in given for path in _runs_of(str(pattern))}
    runs = [RunFolder(path) for path in sorted(found.values())]
    for run in runs:
        if run.pruned is not None:
            log.info("%s was pruned at step %d and is left out.", run.path, run.pruned["step"])
        elif run.result is None:
            log.warning("%s is not finished and is left out.", run.path)
    if all(run.result is None for run in runs):
        raise MissingArtifact(
            f"There is no finished run in {', '.join(map(str, given))}: give runs=<folder of "
            "runs>, or a pattern in quotes such as runs='interplm_data/runs/*layer3*'."
        )
    return runs


def _runs_of(pattern: str) -> list[Path]:
    """A run itself, those in a folder or of a sweep, or those that a pattern matches."""
    path = Path(pattern)
    root = Path(path.anchor or ".")
    places = [path] if path.exists() else root.glob(str(path.relative_to(path.anchor)))
    return [
        run
        for place in places
        for run in (
            [place] if _is_run(place) else filter(_is_run, [*place.glob("*"), *noted_runs(place)])
        )
    ]


def _is_run(path: Path) -> bool:
    marker = path / MARKER_FILE
    if not marker.is_file():
        return False
    try:
        found = parsed_yaml(marker.read_text(encoding="utf-8"))
    except ValueError:
        log.warning("%s is damaged and its folder is left out.", marker)
        return False
    return isinstance(found, dict) and found.get("kind") == RunFolder.kind


def _row(run: RunFolder) -> "Row":
    from interplm.comparison import finished_run
    from interplm.evaluation import read_figures

    settings = run.settings
    scored = ScoreFolder(run.path / "score")
    return finished_run(
        run.path,
        architecture=likeliest_option("sae", settings["model"]["sae"]),
        settings=settings,
        result=run.result or {},
        evaluation=read_figures(run.evaluation),
        scores=scored.result or {},
    )


def _with_stability(rows: "list[Row]") -> "list[Row]":
    from interplm.comparison import differ_in_seed_only, seed_stability
    from interplm.sae import load_sae

    for group in differ_in_seed_only(rows):
        decoders = [load_sae(RunFolder(rows[n].path).sae).W_dec for n in group]
        for number, value in zip(group, seed_stability(decoders), strict=True):
            row = rows[number]
            rows[number] = replace(row, values={**row.values, "seed_stability": value})
    return rows


def _place(value: str | float | None) -> tuple[bool, float, str]:
    """Numbers in their order, text in its own, and what was not measured at the end."""
    if isinstance(value, str):
        return (False, 0.0, value)
    return (value is None, float(value or 0), "")


@job("compare")
def main(cfg: DictConfig) -> None:
    """Finished runs in one table with Pareto plots."""
    folder = compare(cfg)
    log.info("Table: %s\nPage: %s", folder.csv, folder.html)


if __name__ == "__main__":
    main()
