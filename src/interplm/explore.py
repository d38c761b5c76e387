"""A run's features in the browser: `python -m interplm.explore run=<dir>`."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from omegaconf import DictConfig

from interplm.errors import MissingArtifact, UserError
from interplm.runtime.folder import Folder
from interplm.runtime.job import job
from interplm.runtime.measured import activations_of, score_command
from interplm.runtime.plm_of import recorded_plm
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder

if TYPE_CHECKING:
    from interplm.explorer import Explorer
    from interplm.features.database.reader import FeatureReader

log = logging.getLogger("interplm.explore")
_PLMS: WeakValueDictionary[str, Any] = WeakValueDictionary()  # Any: a PLM, by what makes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Scores that are shown.

    Attributes:
        path: of the run or the scores, which the pages are named after.
        database: of the features.
        sae: folder of the exported SAE.
        load_plm: makes its PLM; Any is a PLM.
        reads: the file that says which PLM that is, and which sequences cannot be read without.
    """

    path: Path
    database: Path
    sae: Path
    load_plm: Callable[[], Any]
    reads: Path


def explore(cfg: DictConfig) -> None:
    """Serve the feature databases of one run or of several until interrupted."""
    # Heavy imports wait until the command line has been understood and the databases opened:
    # --help and refusals come at once.
    from interplm.features.database.reader import FeatureReader

    shown = [_first(cfg), *map(_shown, cfg.beside)]
    readers = [FeatureReader(one.database, **cfg.explorer.reader) for one in shown]
    readable = [_can_read_sequences(one, of) for one, of in zip(shown, readers, strict=True)]

    from interplm.explorer import build_app, serve

    explorers = [
        _explorer(cfg, name, one, reader, can_read)
        for name, one, reader, can_read in zip(_names(shown), shown, readers, readable, strict=True)
    ]
    app = build_app(explorers)
    address = serve(app, **cfg.explorer.server)
    log.info("Explorer of %s: open %s in a browser; Ctrl-C stops it.", shown[0].path, address)
    try:
        app.block_thread()
    finally:
        # What threads of the server still hold when Python ends, DuckDB would list line by line.
        app.close(verbose=False)
        for reader in readers:
            reader.close()


def _first(cfg: DictConfig) -> Shown:
    if (cfg.run is None) == (cfg.scores is None):
        raise UserError("Give either run=<folder of a scored run> or scores=<folder of scores>.")
    if cfg.run is None:
        return _of_scores(Path(cfg.scores))
    run = RunFolder(cfg.run)
    shown = _of_run(run.path)
    if not shown.database.exists():
        run.check_finished()
        again = score_command(cfg, run, activations_of(cfg, run))
        raise MissingArtifact(f"{shown.database} does not exist: run `{again}`, which makes it.")
    return shown


def _shown(path: str) -> Shown:
    """Either kind of folder, told by what it holds."""
    of_scores = not (Path(path) / "sae").is_dir() and (Path(path) / "features.duckdb").is_file()
    return _of_scores(Path(path)) if of_scores else _of_run(Path(path))


def _of_run(path: Path) -> Shown:
    run = RunFolder(path)
    return Shown(
        path=path, database=path / "score" / "features.duckdb", sae=run.sae,
        load_plm=lambda: _plm(run), reads=path / "inputs.yaml",
    )  # fmt: skip


def _of_scores(path: Path) -> Shown:
    scores = ScoreFolder(path)
    return Shown(
        path=path, database=scores.database, sae=scores.pack,
        load_plm=lambda: _plm(scores), reads=path / "inputs.yaml",
    )  # fmt: skip


def _plm(folder: Folder) -> Any:  # a PLM
    """The PLM of a folder; runs that read the same one share it, as it may fill the memory."""
    model = repr(folder.inputs.get("plm"))
    plm = _PLMS.get(model)
    if plm is None:
        plm = _PLMS[model] = recorded_plm(folder)
    return plm


def _explorer(
    cfg: DictConfig, name: str, shown: Shown, reader: "FeatureReader", can_read: bool
) -> "Explorer":
    """One run as the pages show it."""
    from interplm.explorer import Explorer, SequenceEncoder
    from interplm.runtime.instantiation import instantiate

    encoder = None
    if can_read:
        encoder = SequenceEncoder(
            load_plm=shown.load_plm,
            sae=shown.sae,
            layer=reader.meta["layer"],
            scales=reader.scales,
            **cfg.explorer.sequences,
        )
    structures = instantiate(cfg.explorer.structures)
    return Explorer(
        name=name, reader=reader, encoder=encoder, structures=structures, **cfg.explorer.pages
    )


def _names(shown: list[Shown]) -> Iterator[str]:
    """The folders' names, told apart where two are alike."""
    used: set[str] = set()
    for one in shown:
        name = one.path.resolve().name or "run"
        unique, number = name, 2
        while unique in used:
            unique, number = f"{name}-{number}", number + 1
        used.add(unique)
        yield unique


def _can_read_sequences(shown: Shown, reader: "FeatureReader") -> bool:
    """Whether the folder holds what pasted sequences are read with.

    Raises:
        FingerprintMismatch: if SAE and database do not belong together.
    """
    from interplm.sae.export import read_description

    if not shown.reads.exists():
        log.warning("Pasted sequences cannot be read: %s does not exist.", shown.reads)
        return False
    try:
        trained_on = read_description(shown.sae)["trained_on"]
    except MissingArtifact as missing:
        log.warning("Pasted sequences cannot be read: %s", missing)
        return False
    reader.check_model(plm=trained_on["plm"], layer=trained_on["layer"])
    return True


@job("explore")
def main(cfg: DictConfig) -> None:
    """A run's features in the browser."""
    explore(cfg)


if __name__ == "__main__":
    main()
