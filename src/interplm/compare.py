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
    from torch import Tensor

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
        as_svg,
        pareto_figures,
        with_front,
    )

    if cfg.sort_by not in (names := [column.name for column in COLUMNS]):
        raise UserError(f"sort_by must be one of {', '.join(names)}, got {cfg.sort_by}.")
    rows, pruned = _chosen(cfg)
    if cfg.stability:
        rows = _with_stability(rows)
    values = sorted(
        with_front([row.values for row in rows]), key=lambda row: _place(row.get(cfg.sort_by))
    )
    drawings = {name: as_svg(figure) for name, figure in pareto_figures(values).items()}
    folder = ComparisonFolder(cfg.folder)
    with folder.claimed({"runs": [str(row.path) for row in rows]}, fresh=True):
        for path, text in (
            (folder.csv, as_csv(values)),
            (folder.markdown, as_markdown(values)),
            (folder.html, as_html(values, list(drawings.values()), pruned=pruned)),
            *((folder.path / f"pareto_{name}.svg", svg) for name, svg in drawings.items()),
        ):
            with written_aside(path) as partial:
                partial.write_text(text, encoding="utf-8")
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


def _chosen(cfg: DictConfig) -> "tuple[list[Row], dict[str, int]]":
    """A row for each finished run that the settings name, and where others were pruned, by name.

    What is left out is said.
    """
    given = cfg.runs if OmegaConf.is_list(cfg.runs) else [cfg.runs]
    found = {pattern: _runs_of(pattern) for pattern in map(str, given)}
    # A sweep names its runs otherwise than a pattern does.
    paths = {path.resolve(): path for runs in found.values() for path in runs}
    rows, pruned = [], {}
    for run in map(RunFolder, sorted(paths.values())):
        try:
            if run.result is not None:
                rows.append(_row(run))
            elif run.pruned is not None:
                pruned[run.name] = int(run.pruned["step"])
                log.info("%s was pruned at step %d and is left out.", run.path, pruned[run.name])
            else:
                log.warning("%s is not finished and is left out.", run.path)
        except UserError as error:
            log.warning("%s is left out: %s", run.path, error)
    if not rows:
        raise MissingArtifact(
            f"There is no finished run in {', '.join(found)}: give runs=<folder of "
            "runs>, or a pattern in quotes such as runs='interplm_data/runs/*layer3*'."
        )
    for pattern in (pattern for pattern, runs in found.items() if not runs):
        log.warning("There is no run in %s.", pattern)
    return rows, pruned


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
        found = None
    if not isinstance(found, dict):
        log.warning("%s is damaged and its folder is left out.", marker)
        return False
    return found.get("kind") == RunFolder.kind


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

    for group in differ_in_seed_only(rows):
        found = {number: _decoder(rows[number].path) for number in group}
        decoders = {number: decoder for number, decoder in found.items() if decoder is not None}
        if len(decoders) > 1:
            values = seed_stability(list(decoders.values()))
            for number, value in zip(decoders, values, strict=True):
                row = rows[number]
                rows[number] = replace(row, values={**row.values, "seed_stability": value})
    return rows


def _decoder(run: Path) -> "Tensor | None":
    """Of its SAE; none, and a warning, where that cannot be read."""
    from interplm.sae import load_sae

    try:
        return load_sae(RunFolder(run).sae).W_dec
    except UserError as error:
        log.warning("%s has no part in the seed stability: %s", run, error)
        return None


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
